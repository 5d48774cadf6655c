# frozen_string_literal: true

module Rdkafka
  class Admin
    # Base of the handles of operations. A subclass declares its operation, and how an answer becomes its report.
    #
    # @private
    class Handle < AbstractHandle
      # An answer: librdkafka's code, its message and the report.
      Outcome = Struct.new(:response, :broker_message, :result)
      # The outcome before there is an answer.
      PENDING = Outcome.new(-1).freeze
      private_constant :Outcome, :PENDING

      class << self
        private

        # @param operation_name [String]
        # @yield what the native operation answered, on the handle
        # @yieldreturn [Outcome] made by `succeeded`, `failed` or `named`
        def awaits(operation_name, &answer)
          # Without `make_shareable`, only the Ractor that loads this file could call the methods.
          define_method(:operation_name, &Ractor.make_shareable(proc { operation_name }))
          private define_method(:outcome_of, &Ractor.make_shareable(answer))
        end
      end

      # @param native [KarafkaNative::Native::Operation, nil] nil for a handle that is created by hand: it is not
      #   pending, and its fields can be set
      def initialize(native = nil)
        @native = native || KarafkaNative::Native::Operation.new
        return if native

        @made_by_hand = true
        @response = 0
      end

      # @return [Object, nil] the same report each time
      def result
        super || outcome.result
      end

      # @return [String, nil] why the operation failed
      def broker_message
        super || outcome.broker_message
      end

      # @return [Object, nil] the report; nil if there is none because the operation failed
      # @raise [Exception] the result, if it is one
      def create_result
        prepared_result
      end

      # @raise [RdkafkaError] always
      def raise_error
        raise RdkafkaError.new(response, broker_message: broker_message)
      end

      # @return [Boolean] whether an answer is awaited; never of one that is created by hand
      def awaited?
        !@native.nil? && !@made_by_hand && pending?
      end

      # @param field [Symbol] `:pending` or `:response`
      # @return [Boolean, Integer] the response is -1 while it is awaited
      # @raise [ArgumentError] for another field
      def [](field)
        case field
        when :pending then pending?
        when :response then response
        else raise ArgumentError, Internal::Text.join("No such field '", Internal::Argument.text(field), "'")
        end
      end

      # @param field [Symbol] `:pending` or `:response`
      # @param value [Boolean, Integer]
      # @raise [ArgumentError] for another field
      def []=(field, value)
        case field
        when :pending then native.pending = value
        when :response then @response = value
        else raise ArgumentError, Internal::Text.join("No such field '", Internal::Argument.text(field), "'")
        end
      end

      private

      attr_reader :native

      def response
        @response || outcome.response
      end

      # Reads the answer once. If several threads do so at the same time, all get the report of one of them: no other
      # thread can run between the two halves of `||=`.
      def outcome
        return @outcome if @outcome

        found = native.outcome
        return PENDING if found.nil?

        error, answer = found
        read = error ? failed(error, empty_report) : outcome_of(answer)
        @outcome ||= read
      end

      def succeeded(report)
        Outcome.new(0, nil, report)
      end

      def failed(error, report)
        Outcome.new(error.rdkafka_response, error.broker_message, report)
      end

      # @param answer [Array] the name, and nil or an error
      # @param report [Class]
      def named(answer, report)
        name, error = answer
        made = report.new(error&.broker_message, name)
        error ? failed(error, made) : succeeded(made)
      end

      # The report of an operation that failed as a whole, if any.
      def empty_report; end
    end
  end
end
