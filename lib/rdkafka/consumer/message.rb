# frozen_string_literal: true

require_relative "headers"

module Rdkafka
  class Consumer
    # A consumed message.
    #
    # The readers read instance variables, so that a framework can release a payload early by setting `@payload` to nil.
    # All Strings are binary (ASCII-8BIT) and not frozen.
    class Message
      # How many bytes of key and payload {#to_s} shows.
      SHOWN_BYTES = 40
      private_constant :SHOWN_BYTES

      # @return [Integer]
      attr_reader :partition

      # @return [String, nil] nil for a tombstone; an empty payload is `""`
      attr_reader :payload

      # @return [String, nil] nil without a key; an empty key is `""`
      attr_reader :key

      # @return [Integer]
      attr_reader :offset

      # @return [Hash{String => String, Array<String>}] frozen; {Headers::EMPTY_HEADERS} without headers
      attr_reader :headers

      # @param topic [String, nil]
      # @param partition [Integer]
      # @param payload [String, nil]
      # @param key [String, nil]
      # @param offset [Integer]
      # @param timestamp [Integer, Time, nil] an Integer is ms since the epoch
      # @param headers [Hash{String => String, Array<String>}]
      def initialize(topic, partition, payload, key, offset, timestamp, headers)
        @topic = topic
        @partition = partition
        @payload = payload
        @key = key
        @offset = offset
        @timestamp = timestamp
        @headers = headers
      end

      # @return [String, nil] copied when first asked for, because messages share one frozen String
      def topic
        topic = @topic
        return topic unless topic&.frozen?
        return topic.dup if frozen?

        @topic = topic.dup
      end

      # @return [Time, nil] with millisecond precision, nil when the broker gave none; created when first asked for,
      #   because many applications never do
      def timestamp
        ms = @timestamp
        return ms unless ms.is_a?(Integer)

        # With whole seconds, Ruby needs no Rationals.
        time = Time.at(ms / 1000, ms % 1000, :millisecond)
        @timestamp = time unless frozen?
        time
      end

      # @return [String] a summary with the beginning of key and payload
      def to_s
        shown_headers = ", headers #{headers.size}" unless headers.nil? || headers.empty?

        Internal::Text.join(
          "<Message in '", topic.to_s,
          "' with key '", *beginning(key),
          "', payload '", *beginning(payload),
          "', partition #{partition}, offset #{offset}, timestamp #{timestamp}#{shown_headers}>"
        )
      end

      private

      def beginning(bytes)
        return [bytes.to_s] if bytes.nil? || bytes.bytesize <= SHOWN_BYTES

        [bytes.byteslice(0, SHOWN_BYTES), "..."]
      end
    end
  end
end
