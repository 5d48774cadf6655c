# frozen_string_literal: true

module Rdkafka
  class Producer
    # Pending delivery of one message.
    class DeliveryHandle < AbstractHandle
      # Fields that can be read with {#[]}.
      FIELDS = %i[response partition offset status latency broker_id].freeze
      private_constant :FIELDS

      # @return [Object, nil] the label passed to {Producer#produce}
      attr_reader :label

      # @return [String] the topic passed to {Producer#produce}
      attr_accessor :topic

      # If the delivery callback has not been called yet, its report gets this label, too.
      #
      # @param label [Object, nil]
      def label=(label)
        @label = label
        # Reports are only handled with the GVL, so not between these two steps.
        @block.keep(key, self) if awaited?
      end

      # @return [Boolean] whether the delivery is still pending
      def pending?
        block.pending?(@index)
      end

      # @private
      # @return [Boolean] whether a message was produced and its delivery is pending
      def awaited?
        !@block.nil? && !@made_by_hand && pending?
      end

      # Ends the wait of all threads.
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

      # @return [DeliveryReport] a new one each time, with what is known now
      def create_result
        block.report(@index, topic, label)
      end

      # @param field [Symbol] `:pending`, `:response`, `:partition`, `:offset`, `:status`, `:latency` or `:broker_id`
      # @return [Object]
      # @raise [ArgumentError] for another field
      def [](field)
        return pending? if field == :pending

        index = FIELDS.index(field)
        raise ArgumentError, Internal::Text.join("No such field '", Internal::Argument.text(field), "'") unless index

        value = block.fields(@index)[index]
        # Once the delivery has ended, librdkafka has a negative value for what stays unknown.
        value.nil? && !pending? ? -1 : value
      end

      # Sets a field, for handles that are created by hand.
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

      # Deliveries are allocated in blocks. The native side sets the block for produced messages; other handles are
      # created by hand.
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
