# frozen_string_literal: true

module Rdkafka
  class Producer
    # Awaits the delivery of one message.
    class DeliveryHandle < AbstractHandle
      # Fields that can be read with {#[]}.
      FIELDS = %i[response partition offset status latency broker_id].freeze
      private_constant :FIELDS

      # @return [Object, nil] what was given to {Producer#produce}
      attr_accessor :label

      # @return [String] topic as given to {Producer#produce}
      attr_accessor :topic

      # @return [Boolean] whether the result is still awaited
      def pending?
        block.pending?(@index)
      end

      # @private
      # @return [Boolean] whether a message was produced, and its delivery is awaited
      def awaited?
        !@block.nil? && !@made_by_hand && pending?
      end

      # Ends the waiting of all threads.
      #
      # @return [nil]
      def unlock
        block.unlock(@index)
      end

      # @private
      # @return [Integer] identifies the delivery
      def key
        block.key(@index)
      end

      # @return [String]
      def operation_name
        "delivery"
      end

      # @return [DeliveryReport] a new one each time, from what is known now
      def create_result
        block.report(@index, topic, label)
      end

      # @param field [Symbol] `:pending`, `:response`, `:partition`, `:offset`, `:status`, `:latency` or `:broker_id`
      # @return [Object]
      # @raise [ArgumentError] for another field
      def [](field)
        return pending? if field == :pending

        index = FIELDS.index(field) or raise ArgumentError, "No such field '#{field}'"
        value = block.fields(@index)[index]
        # What stays unknown is negative in librdkafka.
        value.nil? && !pending? ? -1 : value
      end

      # Sets a field, for handles that are made by hand.
      #
      # @param field [Symbol] see {#[]}
      # @param value [Object]
      # @raise [ArgumentError] for another field
      def []=(field, value)
        block.set(@index, field, value)
      end

      private

      def known_success
        @block&.success(@index, @topic, @label)
      end

      def await(timeout_ms)
        block.wait(@index, timeout_ms)
      end

      def response
        block.response(@index)
      end

      # Deliveries come in blocks. Set by the native side for messages that were produced; others are made by hand.
      def block
        @block ||= begin
          @made_by_hand = true
          @index = 0
          KarafkaNative::Native::DeliveryBlock.new
        end
      end
    end
  end
end
