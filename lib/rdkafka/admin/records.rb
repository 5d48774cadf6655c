# frozen_string_literal: true

require_relative "handle"

module Rdkafka
  class Admin
    # Deletes the records before an offset. `wait` does not raise for a partition that failed.
    #
    # @param topic_partition_offsets [Hash{String => Array<Hash>}] for each topic Hashes with `partition:` and
    #   `offset:`, an Integer or `:end`
    # @param request_timeout_ms [Integer, nil] see {Admin}
    # @param operation_timeout_ms [Integer, nil] see {Admin}
    # @param more [Hash{String => Array<Hash>}] topics given as keyword arguments
    # @return [DeleteRecordsHandle]
    # @raise [ArgumentError] for another offset, when a name contains a null byte, unless there is exactly one Hash, and
    #   for an option out of range
    # @raise [KeyError] for a missing key
    # @raise [TypeError] when a topic is not a String or a partition not an Integer
    # @raise [ClosedAdminError]
    def delete_records(topic_partition_offsets = nil, request_timeout_ms: nil, operation_timeout_ms: nil, **more)
      require_open(__method__)
      raise ArgumentError, "give topic_partition_offsets once" if topic_partition_offsets.nil? == more.empty?

      before = Internal::Argument.offsets(topic_partition_offsets || more) { |offset| first_offset(offset) }
      DeleteRecordsHandle.new(@native.delete_records(before, [request_timeout_ms, operation_timeout_ms]))
    end

    # Result of deleting records.
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

    # Pending deletion of records.
    class DeleteRecordsHandle < Handle
      awaits("delete records") { |answer| succeeded(DeleteRecordsReport.new(answer)) }
    end

    private

    # @return [Integer] the first one to be kept
    def first_offset(offset)
      return Bindings::RD_KAFKA_OFFSET_END if offset == :end

      Internal::Argument.integer(offset) || raise(ArgumentError, "Unknown offset specification: #{offset.inspect}")
    end
  end
end
