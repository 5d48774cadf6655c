# frozen_string_literal: true

module Rdkafka
  class Admin
    # Offsets that were asked for.
    class ListOffsetsReport
      # @return [Array<Hash>] each with `topic:`, `partition:`, `offset:` (-1 if none matched), `timestamp:` (ms, or -1)
      #   and `leader_epoch:` (nil if unknown)
      attr_reader :offsets

      # @private
      # @param offsets [Array<Hash>]
      def initialize(offsets)
        @offsets = offsets
      end
    end

    # Awaits offsets. Made by {Helpers::ListOffsets#list_offsets}.
    class ListOffsetsHandle < AbstractHandle
      include KarafkaNative::AdminHandle

      # @return [String]
      def operation_name
        "list offsets"
      end

      # @raise [RdkafkaError] always
      def raise_error
        raise_response
      end

      private

      def outcome_of(answer)
        failed = answer.find { |_topic, _partition, _offset, code| !code.zero? }
        succeeded(failed ? partition_error(failed) : ListOffsetsReport.new(answer.map { |entry| to_h(entry) }))
      end

      def empty_report
        ListOffsetsReport.new([])
      end

      def to_h(entry)
        topic, partition, offset, _code, timestamp, epoch = entry
        { topic: topic, partition: partition, offset: offset, timestamp: timestamp,
          leader_epoch: epoch.negative? ? nil : epoch }
      end

      def partition_error(entry)
        topic, partition, _offset, code = entry
        prefix = KarafkaNative::Text.join("Error querying offsets for partition #{partition} of '", topic, "'")
        RdkafkaError.new(code, prefix)
      end
    end
  end
end
