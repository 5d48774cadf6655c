# frozen_string_literal: true

module KarafkaNative
  module Internal
    # The constants of `Rdkafka::Bindings` that layers above replace.
    #
    # @private
    module Replaceable
      class << self
        # Read anew each time, as it may be replaced at any moment.
        #
        # @param name [Symbol]
        # @param default [FFI::Function] the driver's own
        # @return [#call] the driver's own also where Ruby gives what has replaced it to the main Ractor only
        def function(name, default)
          Rdkafka::Bindings.const_get(name)
        rescue Ractor::IsolationError
          default
        end
      end
    end
  end
end
