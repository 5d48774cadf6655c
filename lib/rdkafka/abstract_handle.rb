# frozen_string_literal: true

module Rdkafka
  # The pending result of an operation.
  class AbstractHandle
    include Helpers::Time

    # Pending handles. They are not stored, but found among all objects when asked for.
    REGISTRY = Internal::HandleRegistry.new.freeze

    # Waiting took too long.
    class WaitTimeoutError < RuntimeError
    end

    class << self
      # For callers that register handles of their own.
      #
      # @param handle [AbstractHandle]
      # @return [AbstractHandle] handle
      def register(handle)
        REGISTRY[handle.object_id] = handle
      end

      # @param address [Integer] `object_id` of a handle
      # @return [AbstractHandle, nil] the handle that was registered
      def remove(address)
        REGISTRY.delete(address)
      end
    end

    # @return [Object, nil] the operation's result, or an exception
    attr_accessor :result

    # @return [String, nil] the broker's message
    attr_accessor :broker_message

    # @private
    # @return [Boolean] whether {REGISTRY} contains it
    def awaited?
      false
    end

    # @return [Boolean] whether the result is still pending
    def pending?
      native.pending?
    end

    # Waits for the result. Other threads run in the meantime, and other fibers under a fiber scheduler. Can be
    # interrupted and called again.
    #
    # @param max_wait_timeout [Numeric, nil] deprecated: the timeout in seconds
    # @param max_wait_timeout_ms [Numeric, nil] how long to wait, in ms; nil to wait forever
    # @param raise_response_error [Boolean] false to return the result even if the operation failed
    # @return [Object] the result
    # @raise [WaitTimeoutError] on timeout
    # @raise [RdkafkaError] when the operation failed
    # @raise [BaseError] in a forked child when the parent awaits the result: the `Closed…Error` of its client
    def wait(max_wait_timeout: :not_provided, max_wait_timeout_ms: :not_provided, raise_response_error: true)
      if max_wait_timeout == :not_provided
        success = known_success
        return success if success
      end
      timeout_ms = wait_timeout_ms(max_wait_timeout, max_wait_timeout_ms)
      raise WaitTimeoutError, "Waiting for #{operation_name} timed out after #{timeout_ms} ms" unless await(timeout_ms)

      return create_result if response.zero? || !raise_response_error

      raise_error
    end

    # Ends the wait of all threads.
    #
    # @return [nil]
    def unlock
      native.unlock
    end

    # @return [String] the operation's name
    def operation_name
      raise "Must be implemented by subclass!"
    end

    # @return [Object, nil] the result
    # @raise [Exception] the result, if it is one
    def create_result
      prepared_result
    end

    # @return [Object, nil] the result
    # @raise [Exception] the result, if it is one
    def prepared_result
      raise result if result.is_a?(Exception)

      result
    end

    # @return [false] when there is no error
    # @raise [RdkafkaError]
    def raise_error
      RdkafkaError.validate!(response, broker_message: broker_message)
    end

    private

    # A shortcut for subclasses with thousands of handles.
    #
    # @return [Object, nil] the result, if there is one and it is not an error
    def known_success; end

    # @return [Boolean] false on timeout
    def await(timeout_ms)
      native.wait(timeout_ms)
    end

    # @return [Integer] librdkafka's code
    def response
      native.response
    end

    def wait_timeout_ms(seconds, milliseconds)
      return milliseconds unless milliseconds == :not_provided || seconds != :not_provided
      return Defaults::HANDLE_WAIT_TIMEOUT_MS if seconds == :not_provided

      if milliseconds == :not_provided
        warn "DEPRECATION WARNING: max_wait_timeout (seconds) is deprecated. Use max_wait_timeout_ms (milliseconds)."
        seconds && (Internal::Argument.number(seconds, "max_wait_timeout") * 1000).to_i
      else
        warn "DEPRECATION WARNING: both max_wait_timeout and max_wait_timeout_ms were given. Using max_wait_timeout_ms."
        milliseconds
      end
    end
  end
end
