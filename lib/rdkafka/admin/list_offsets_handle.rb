# frozen_string_literal: true

module Rdkafka
  class Admin
    # Offsets that were asked for.
    class ListOffsetsReport
      # @return [Array<Hash>] each with `topic:`, `partition:`, `offset:` (-1 if none matched), `timestamp:` (ms, or -1)
      #   and `leader_epoch:` (nil if unknown)
      attr_reader :offsets

      # @private
      def initialize(offsets)
        @offsets = offsets
      end
    end

    # Awaits offsets.
    class ListOffsetsHandle < OperationHandle
      # @return [String]
      def operation_name
        "list offsets"
      end

      # @raise [RdkafkaError] always
      def raise_error
        raise RdkafkaError.new(response, broker_message: broker_message)
      end

      # @return [ListOffsetsReport] empty if the operation failed
      # @raise [RdkafkaError] when a partition has an error
      def create_result
        super || (self.result = ListOffsetsReport.new([]))
      end

      private

      def take(answer)
        failed = answer.find { |_, _, _, code| !code.zero? }
        self.result = failed ? partition_error(failed) : ListOffsetsReport.new(answer.map { |entry| to_h(entry) })
      end

      def to_h(entry)
        topic, partition, offset, _code, timestamp, epoch = entry
        { topic: topic, partition: partition, offset: offset, timestamp: timestamp,
          leader_epoch: epoch.negative? ? nil : epoch }
      end

      def partition_error(entry)
        topic, partition, _offset, code = entry
        RdkafkaError.new(code, "Error querying offsets for partition #{partition} of '#{topic}'")
      end
    end
  end
end
