# frozen_string_literal: true

module Rdkafka
  class RdkafkaError < BaseError
    class << self
      # @param response_ptr_or_code [Integer, RdkafkaError, nil, #address, #to_ptr] a code, an error (returned as it
      #   is), or a pointer to a native error object
      # @param message_prefix [String, nil]
      # @param broker_message [String, nil]
      # @param instance_name [String, nil]
      # @return [RdkafkaError, false] false for code 0, nil and null pointers
      # @raise [TypeError] for any other type
      # @raise [ArgumentError] for a pointer that is not a native error object of this driver
      def build(response_ptr_or_code, message_prefix = nil, broker_message: nil, instance_name: nil)
        case response_ptr_or_code
        when RdkafkaError
          response_ptr_or_code
        when Integer
          return false if response_ptr_or_code.zero?

          new(response_ptr_or_code, message_prefix, broker_message: broker_message, instance_name: instance_name)
        else
          build_from_c(
            response_ptr_or_code, message_prefix, broker_message: broker_message, instance_name: instance_name
          )
        end
      end

      # Takes ownership of a native error object, and frees it.
      #
      # @param response_ptr [Integer, nil, #address, #to_ptr] its address
      # @param message_prefix [String, nil]
      # @param broker_message [String, nil] instead of the text in the native object
      # @param instance_name [String, nil]
      # @return [RdkafkaError, false] false for a null pointer and for an object with code 0
      # @raise [TypeError] when response_ptr is not a pointer
      # @raise [ArgumentError] for an address that is not a native error object of this driver
      def build_from_c(response_ptr, message_prefix = nil, broker_message: nil, instance_name: nil)
        address = Internal::Address.of(response_ptr)
        return false if address.zero?

        code, text, fatal, retryable, abortable = KarafkaNative::Native.error_from_address(address)
        return false if code.nil? || code.zero?

        new(
          code,
          message_prefix,
          broker_message: broker_message || text,
          fatal: fatal,
          retryable: retryable,
          abortable: abortable,
          instance_name: instance_name
        )
      end

      # Like {.build}, but raises.
      #
      # @param response_ptr_or_code [Integer, RdkafkaError, nil, #address, #to_ptr] see {.build}
      # @param message_prefix [String, nil]
      # @param broker_message [String, nil]
      # @param client_ptr [nil, #address, #to_ptr] the client; the fatal marker is then replaced by the client's fatal
      #   error, see {.build_fatal}
      # @return [false] on success
      # @raise [RdkafkaError] on failure
      # @raise [TypeError, ArgumentError] see {.build}
      def validate!(response_ptr_or_code, message_prefix = nil, broker_message: nil, client_ptr: nil)
        error = build(response_ptr_or_code, message_prefix, broker_message: broker_message)
        return false unless error
        raise error if error.rdkafka_response != Bindings::RD_KAFKA_RESP_ERR__FATAL || null?(client_ptr)

        raise build_fatal(client_ptr, fallback_message: error.broker_message)
      end

      # The fatal error of a client.
      #
      # @param client_ptr [nil, #address, #to_ptr] the client
      # @param fallback_error_code [Integer] code when the client has no fatal error, or there is no client
      # @param fallback_message [String, nil] broker message in these cases
      # @param instance_name [String, nil]
      # @return [RdkafkaError] always with {#fatal?} true
      # @raise [TypeError] when client_ptr is not a pointer
      def build_fatal(client_ptr, fallback_error_code: Bindings::RD_KAFKA_RESP_ERR__FATAL, fallback_message: nil,
        instance_name: nil)
        found = Bindings.extract_fatal_error(client_ptr) unless null?(client_ptr)

        new(
          found ? found[:error_code] : fallback_error_code,
          broker_message: found ? found[:error_string] : fallback_message,
          fatal: true,
          instance_name: instance_name
        )
      end

      private

      def null?(pointer)
        Internal::Address.of(pointer).zero?
      end
    end
  end
end
