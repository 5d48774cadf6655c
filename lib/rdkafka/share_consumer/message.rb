# frozen_string_literal: true

require_relative "../consumer/message"

module Rdkafka
  class ShareConsumer
    # A record of a share group.
    class Message < Consumer::Message
      # @param delivery_count [Integer]
      # @param error [RdkafkaError, nil]
      # @see Consumer::Message#initialize
      def initialize(topic, partition, payload, key, offset, timestamp, headers, delivery_count, error = nil)
        super(topic, partition, payload, key, offset, timestamp, headers)
        @delivery_count = delivery_count
        @error = error
      end

      # @return [Integer] how often it has been delivered, including this time
      attr_reader :delivery_count

      # @return [RdkafkaError, nil] why the record cannot be read; then only topic, partition and offset are set, and
      #   the record needs no acknowledgement
      attr_reader :error

      # @return [Boolean]
      def error?
        !error.nil?
      end
    end
  end
end
