# frozen_string_literal: true

require_relative "admin/topics"
require_relative "admin/groups"
require_relative "admin/offsets"
require_relative "admin/acls"
require_relative "admin/configs"
require_relative "admin/records"
require_relative "admin/cluster"
require_relative "admin/elections"
require_relative "admin/scram"

module Rdkafka
  # Manages a cluster. Created by {Config#admin}.
  #
  # Operations return handles at once; results arrive without polling. Common options, nil for librdkafka's default:
  #
  # - `request_timeout_ms`: how long the whole operation may take, in ms (0 to 3600000; by default `socket.timeout.ms`).
  # - `operation_timeout_ms`: how long brokers may work before they answer, in ms (-1 to 3600000; 0 or less does not
  #   wait for the effect; by default `socket.timeout.ms`).
  # - `broker_id`: the broker to send the request to, instead of the one that librdkafka would choose, mostly the
  #   controller (0 to 2147483647).
  #
  # Requests to coordinators of groups use a second native client. It is created on first use and exists until this one
  # is closed.
  class Admin
    include Internal::Client
    include Helpers::EventLoop
    include Helpers::OAuth
    include Helpers::SASL
    include Helpers::Metadata
    include Helpers::ListOffsets

    # @return [Hash{Integer => Hash}] all of librdkafka's codes, each with `code:`, `name:` and `description:`
    def self.describe_errors
      KarafkaNative::Native.error_descriptions.to_h do |code, name, description|
        [code, { code: code, name: name, description: description }]
      end
    end

    # @private
    # @param native [KarafkaNative::Native::Admin]
    # @param callbacks [Internal::Callbacks]
    # @param poller [Internal::PollingThread, nil]
    def initialize(native, callbacks, poller)
      @native = native
      @callbacks = callbacks
      @poller = poller
      @started = false
    end

    # Serves the first events (which calls a token refresh callback on this thread), then starts the polling thread, if
    # any. {Config#admin} does it unless told otherwise. Further calls do nothing.
    #
    # @return [nil]
    # @raise [ClosedInnerError]
    # @raise [Exception] what a callback raises
    def start
      start_once
    end

    # @return [String] such as `rdkafka#producer-1`, binary; cached after the first call
    # @raise [ClosedInnerError]
    def name
      @name ||= @native.name
    end

    # Frees the client. Pending operations fail with `:destroy`. Closing a closed client does nothing.
    #
    # @return [nil]
    def close
      poll_again_unless_closed { @native.close(@poller) }
      nil
    end

    # @private
    # @param timeout_ms [Integer, nil]
    # @return [Integer] 0: admin clients give up no messages
    def close_at_exit(timeout_ms)
      poll_again_unless_closed { @native.close_at_exit(timeout_ms, @poller) } || 0
    end

    # @return [Boolean] whether it is closed, or was created by another process
    def closed?
      @native.closed?
    end
  end
end
