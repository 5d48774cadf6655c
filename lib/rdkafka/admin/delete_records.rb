# frozen_string_literal: true

module Rdkafka
  class Admin
    # What became of partitions whose records were to be deleted.
    class DeleteRecordsReport
      # @return [Consumer::TopicPartitionList] each partition with its new low watermark; {Consumer::Partition#err}
      #   tells which ones failed
      attr_reader :offsets

      # @private
      # @param offsets [Consumer::TopicPartitionList]
      def initialize(offsets)
        @offsets = offsets
      end
    end

    # Awaits the deletion of records.
    class DeleteRecordsHandle < AbstractHandle
      include KarafkaNative::AdminHandle

      # @return [String]
      def operation_name
        "delete records"
      end

      # @return [DeleteRecordsReport, nil] nil if the operation failed
      def create_result
        prepared_result
      end

      # @raise [RdkafkaError] always
      def raise_error
        raise_response
      end

      private

      def outcome_of(answer)
        succeeded(DeleteRecordsReport.new(answer))
      end
    end
  end
end
