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

      # @return [Integer] how often it has been delivered, this time included
      attr_reader :delivery_count

      # @return [RdkafkaError, nil] what is wrong with the record; then only topic, partition and offset are the
      #   record's, and it needs no acknowledgement
      attr_reader :error

      # @return [Boolean]
      def error?
        !error.nil?
      end
    end
  end
end
