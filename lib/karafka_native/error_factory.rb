# frozen_string_literal: true

require_relative "address"

module KarafkaNative
  # Class methods of {Rdkafka::RdkafkaError} that turn what librdkafka returned into an error, or into false when it
  # returned success.
  module ErrorFactory
    # Code that only says "look up the fatal error of the client".
    FATAL_MARKER = -150
    private_constant :FATAL_MARKER

    # @param outcome [Integer, Rdkafka::RdkafkaError, nil, #address, #to_ptr] a code, an error (handed back as it is),
    #   or a pointer to a native error object
    # @param message_prefix [String, nil]
    # @param broker_message [String, nil]
    # @param instance_name [String, nil]
    # @return [Rdkafka::RdkafkaError, false] false for code 0, nil and null pointers
    # @raise [TypeError] for any other type
    # @raise [ArgumentError] for a pointer that is no native error object of this driver
    def build(outcome, message_prefix = nil, broker_message: nil, instance_name: nil)
      case outcome
      when Rdkafka::RdkafkaError
        outcome
      when Integer
        return false if outcome.zero?

        new(outcome, message_prefix, broker_message: broker_message, instance_name: instance_name)
      else
        build_from_c(outcome, message_prefix, broker_message: broker_message, instance_name: instance_name)
      end
    end

    # Takes over (and frees) a native error object.
    #
    # @param pointer [Integer, nil, #address, #to_ptr] where it is
    # @param message_prefix [String, nil]
    # @param broker_message [String, nil] instead of the text in the native object
    # @param instance_name [String, nil]
    # @return [Rdkafka::RdkafkaError, false] false for a null pointer and for an object with code 0
    # @raise [TypeError] when pointer is no pointer
    # @raise [ArgumentError] for an address that is no native error object of this driver
    def build_from_c(pointer, message_prefix = nil, broker_message: nil, instance_name: nil)
      address = Address.of(pointer)
      return false if address.zero?

      code, text, fatal, retryable, abortable = Native.error_from_address(address)
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

    # Like {#build}, but raises.
    #
    # @param outcome [Integer, Rdkafka::RdkafkaError, nil, #address, #to_ptr] see {#build}
    # @param message_prefix [String, nil]
    # @param broker_message [String, nil]
    # @param client_ptr [nil, #address, #to_ptr] the client; with it the fatal marker is replaced by the fatal error
    #   behind it, see {#build_fatal}
    # @return [false] on success
    # @raise [Rdkafka::RdkafkaError] on failure
    # @raise [TypeError, ArgumentError] see {#build}
    def validate!(outcome, message_prefix = nil, broker_message: nil, client_ptr: nil)
      error = build(outcome, message_prefix, broker_message: broker_message)
      return false unless error
      raise error if error.rdkafka_response != FATAL_MARKER || null?(client_ptr)

      raise build_fatal(client_ptr, fallback_message: error.broker_message)
    end

    # The fatal error that a client is in.
    #
    # @param client_ptr [nil, #address, #to_ptr] the client
    # @param fallback_error_code [Integer] code when the client has no fatal error, or there is no client
    # @param fallback_message [String, nil] broker message in these cases
    # @param instance_name [String, nil]
    # @return [Rdkafka::RdkafkaError] always with {Rdkafka::RdkafkaError#fatal?} true
    # @raise [TypeError] when client_ptr is no pointer
    def build_fatal(client_ptr, fallback_error_code: FATAL_MARKER, fallback_message: nil, instance_name: nil)
      found = Rdkafka::Bindings.extract_fatal_error(client_ptr) unless null?(client_ptr)

      new(
        found ? found[:error_code] : fallback_error_code,
        broker_message: found ? found[:error_string] : fallback_message,
        fatal: true,
        instance_name: instance_name
      )
    end

    private

    def null?(pointer)
      Address.of(pointer).zero?
    end
  end
end
