# frozen_string_literal: true

module KarafkaNative
  module Internal
    # The constants of `Rdkafka::Bindings` that other gems replace.
    #
    # @private
    module Replaceable
      class << self
        # Looked up each time, because it may be replaced at any moment.
        #
        # @param name [Symbol]
        # @param default [FFI::Function] the driver's own
        # @return [#call] the driver's own if Ruby lets only the main Ractor read the replacement
        def function(name, default)
          Rdkafka::Bindings.const_get(name)
        rescue Ractor::IsolationError
          default
        end
      end
    end
  end
end
