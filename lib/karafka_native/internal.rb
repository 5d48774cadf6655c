# frozen_string_literal: true

require_relative "internal/extension"
require_relative "internal/argument"
require_relative "internal/text"
require_relative "internal/signal_safe_lock"
require_relative "internal/seam/address"
require_relative "internal/seam/ffi"
require_relative "internal/seam/replaceable"
require_relative "internal/seam/error_report"
require_relative "internal/seam/group_metadata_pointer"
require_relative "internal/seam/rebalance"
require_relative "internal/callbacks"
require_relative "internal/client"
require_relative "internal/client_registry"
require_relative "internal/handle_registry"
require_relative "internal/listeners"
require_relative "internal/log_writer"
require_relative "internal/polling_thread"
require_relative "internal/ractor_state"
require_relative "internal/redaction"
require_relative "internal/secrets"

module KarafkaNative
  # Private code. It may change in any release.
  #
  # @private
  module Internal
  end
end
