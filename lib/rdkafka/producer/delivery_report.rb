# frozen_string_literal: true

module Rdkafka
  class Producer
    # Result of producing a message.
    class DeliveryReport
      # @return [Integer] partition of the message, -1 when it has none yet
      attr_reader :partition

      # @return [Integer] offset of the message; negative when it is not known
      attr_reader :offset

      # @return [Integer, RdkafkaError, nil] nil or an error in a handle's report; a code in a delivery callback's
      #   report, 0 for success
      attr_reader :error

      # @return [Object, nil] the label passed to {Producer#produce}
      attr_reader :label

      # @return [Integer, nil] one of `Bindings::RD_KAFKA_MSG_STATUS_*`; nil when unknown, or not known yet
      attr_reader :status

      # @return [Integer, nil] microseconds from {Producer#produce} to the report
      attr_reader :latency

      # @return [Integer, nil] the broker that the message was sent to; nil if it was never sent
      attr_reader :broker_id

      # @param partition [Integer]
      # @param offset [Integer]
      # @param topic_name [String, nil]
      # @param error [Integer, RdkafkaError, nil]
      # @param label [Object, nil]
      # @param status [Integer, nil]
      # @param latency [Integer, nil] microseconds; negative means unknown
      # @param broker_id [Integer, nil] negative means unknown
      def initialize(partition, offset, topic_name = nil, error = nil, label = nil,
        status: nil, latency: nil, broker_id: nil)
        @partition = partition
        @offset = offset
        @topic_name = topic_name
        @error = error
        @label = label
        @status = status
        @latency = latency unless latency&.negative?
        @broker_id = broker_id unless broker_id&.negative?
      end

      # @return [String, nil] topic of the message; the caller's own String in a report from {AbstractHandle#wait}, a
      #   binary one in a delivery callback, copied on first use because reports share it
      def topic_name
        topic = @topic_name
        return topic unless topic&.frozen? && @error.is_a?(Integer)
        return topic.dup if frozen?

        @topic_name = topic.dup
      end
      alias topic topic_name

      # @return [Boolean] whether the broker has confirmed that the message is stored
      def persisted?
        status == Bindings::RD_KAFKA_MSG_STATUS_PERSISTED
      end

      # @return [Boolean] whether the message was sent but not confirmed; producing it again may duplicate it
      def possibly_persisted?
        status == Bindings::RD_KAFKA_MSG_STATUS_POSSIBLY_PERSISTED
      end

      # @return [Boolean] whether the message was certainly not stored; producing it again is safe
      def not_persisted?
        status == Bindings::RD_KAFKA_MSG_STATUS_NOT_PERSISTED
      end
    end
  end
end
