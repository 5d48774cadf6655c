# frozen_string_literal: true

module KarafkaNative
  module Internal
    # Reports a client's error, unless another gem has replaced `Rdkafka::Bindings::ErrorCallback`.
    #
    # @private
    module ErrorReport
      class << self
        # @return [#call] the function to call with errors
        def function
          Replaceable.function(:ErrorCallback, DEFAULT)
        end

        # @param client [FFI::Pointer, nil]
        # @param code [Integer]
        # @param reason [String, nil]
        # @param _opaque [FFI::Pointer, nil]
        def call(client, code, reason, _opaque)
          callback = Rdkafka::Config.error_callback
          callback&.call(build(client, code, reason))
        end

        # @param client [FFI::Pointer, nil]
        # @param code [Integer]
        # @param reason [String, nil]
        # @return [Rdkafka::RdkafkaError]
        def build(client, code, reason)
          name = Native.client_name(client) unless client.nil? || client.null?
          error =
            if code == Rdkafka::Bindings::RD_KAFKA_RESP_ERR__FATAL
              fallback = { fallback_error_code: code, fallback_message: reason }
              Rdkafka::RdkafkaError.build_fatal(client, **fallback, instance_name: name)
            else
              Rdkafka::RdkafkaError.new(code, broker_message: reason, instance_name: name)
            end
          error.set_backtrace(caller)
          error
        end
      end

      # The same function for other gems, which call it with pointers.
      DEFAULT = Ractor.make_shareable(FFI::Function.new(:void, %i[pointer int string pointer], self))
    end
  end
end
