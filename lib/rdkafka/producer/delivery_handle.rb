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

      # @private
      # @param native [KarafkaNative::Native::Delivery]
      # @return [DeliveryHandle] for a message whose handle was not kept
      def self.of(native)
        handle = allocate
        handle.instance_variable_set(:@native, native)
        handle.topic = handle.callback_report.topic_name
        handle
      end

      # @private
      # @return [Integer] identifies the delivery
      def key
        native.key
      end

      # @return [String]
      def operation_name
        "delivery"
      end

      # @return [DeliveryReport] a new one each time, from what is known now
      def create_result
        native.report(topic, label)
      end

      # @private
      # @return [DeliveryReport] for a delivery callback: with a code as error, and librdkafka's name of the topic
      def callback_report
        native.callback_report(@label)
      end

      # @param field [Symbol] `:pending`, `:response`, `:partition`, `:offset`, `:status`, `:latency` or `:broker_id`
      # @return [Object]
      # @raise [ArgumentError] for another field
      def [](field)
        return pending? if field == :pending

        index = FIELDS.index(field) or raise ArgumentError, "No such field '#{field}'"
        value = native.fields[index]
        # What stays unknown is negative in librdkafka.
        value.nil? && !pending? ? -1 : value
      end

      # Sets a field, for handles that are made by hand.
      #
      # @param field [Symbol] see {#[]}
      # @param value [Object]
      # @raise [ArgumentError] for another field
      def []=(field, value)
        native.set(field, value)
      end

      private

      def known_success
        @native&.success(@topic, @label)
      end

      # Set by the native side for messages that were produced; others are made by hand.
      def native
        @native ||= begin
          @made_by_hand = true
          KarafkaNative::Native::Delivery.new
        end
      end
    end
  end
end
