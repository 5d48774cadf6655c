# frozen_string_literal: true

require_relative "handle"

module Rdkafka
  # Records: deleting them.
  class Admin
    # Deletes the records before an offset. A partition that fails does not make `wait` raise.
    #
    # @param topic_partition_offsets [Hash{String => Array<Hash>}] for each topic Hashes with `partition:` and
    #   `offset:`, an Integer or `:end`
    # @return [DeleteRecordsHandle]
    # @raise [ArgumentError] for another offset, or when a name contains a null byte
    # @raise [KeyError] for a missing key
    # @raise [TypeError] when a topic is no String or a partition no Integer
    # @raise [ClosedAdminError]
    def delete_records(topic_partition_offsets)
      closed_admin_check(__method__)
      before = topic_partition_offsets.flat_map do |topic, partitions|
        partitions.map do |partition|
          offset = partition.fetch(:offset)
          offset = Bindings::RD_KAFKA_OFFSET_END if offset == :end
          raise ArgumentError, "Unknown offset specification: #{offset.inspect}" unless offset.is_a?(Integer)

          [topic, partition.fetch(:partition), offset]
        end
      end
      DeleteRecordsHandle.new(@native.delete_records(before))
    end

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
    class DeleteRecordsHandle < Handle
      awaits("delete records") { |answer| succeeded(DeleteRecordsReport.new(answer)) }
    end
  end
end
