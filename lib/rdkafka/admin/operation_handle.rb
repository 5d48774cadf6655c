# frozen_string_literal: true

module Rdkafka
  class Admin
    # What the handles of admin operations have in common: the outcome is read from the native operation.
    #
    # @private
    class OperationHandle < AbstractHandle
      # @param native [KarafkaNative::Native::Operation]
      def initialize(native)
        super()
        @native = native
      end

      # @param field [Symbol] `:pending` or `:response`
      # @return [Boolean, Integer]
      # @raise [ArgumentError] for another field
      def [](field)
        case field
        when :pending then pending?
        when :response then pending? ? -1 : response
        else raise ArgumentError, "No such field '#{field}'"
        end
      end

      # @return [Object, nil] the same report each time; nil if the operation failed
      # @raise [RdkafkaError] when the answer is an error
      def create_result
        outcome
        super
      end

      private

      attr_reader :native

      def response
        outcome
        @response
      end

      # Reads the native outcome once.
      def outcome
        return if @response || native.pending?

        answer = native.outcome
        if answer.is_a?(RdkafkaError)
          fail_with(answer)
        else
          @response = 0
          take(answer)
        end
      end

      def fail_with(error)
        @response = error.rdkafka_response
        @broker_message = error.broker_message
      end
    end
  end
end
