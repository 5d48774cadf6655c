# frozen_string_literal: true

require_relative "handle"

module Rdkafka
  class Admin
    # Lists offsets that groups have committed. `wait` does not raise for a group or partition whose offset is unknown.
    #
    # @param groups [String, Array<String>, Hash{String => Consumer::TopicPartitionList, nil}] one group, several, or
    #   each with its partitions
    # @param partitions [Consumer::TopicPartitionList, nil] the partitions of the group or groups; nil for all that have
    #   offsets
    # @param require_stable [Boolean] report an error for offsets of unfinished transactions
    # @param request_timeout_ms [Integer, nil] see {Admin}
    # @return [ListConsumerGroupOffsetsHandle]
    # @raise [TypeError] when an id is not a String, and for anything but a list
    # @raise [ArgumentError] for a list without partitions, for partitions given together with a Hash, when a name
    #   contains a null byte, and for an option out of range
    # @raise [Config::ClientCreationError] when the second client is refused
    # @raise [ClosedAdminError]
    def list_consumer_group_offsets(groups, partitions = nil, require_stable: false, request_timeout_ms: nil)
      require_open(__method__)
      wanted = offsets_of(groups, partitions)
      native = @native.list_consumer_group_offsets(wanted, require_stable, [request_timeout_ms])
      ListConsumerGroupOffsetsHandle.new(native, wanted.map { |group, _list| group.to_str.b })
    end

    # Sets offsets of a consumer group, with their metadata. The group must not have members.
    #
    # @param group_id [String]
    # @param topic_partition_list [Consumer::TopicPartitionList]
    # @param request_timeout_ms [Integer, nil] see {Admin}
    # @return [AlterConsumerGroupOffsetsHandle] whose `wait` raises if a single partition failed
    # @raise [TypeError] when the id is not a String
    # @raise [ArgumentError] when a name contains a null byte, and for an option out of range
    # @raise [NoMethodError] for anything but a list
    # @raise [Config::ClientCreationError] when the second client is refused
    # @raise [ClosedAdminError]
    def alter_consumer_group_offsets(group_id, topic_partition_list, request_timeout_ms: nil)
      require_open(__method__)
      list = native_list(topic_partition_list)
      native = @native.alter_consumer_group_offsets(group_id, list, [request_timeout_ms])
      AlterConsumerGroupOffsetsHandle.new(native)
    end

    # Deletes offsets of a consumer group, but not the group. No member may be subscribed to the topics.
    #
    # @param group_id [String]
    # @param topic_partition_list [Consumer::TopicPartitionList]
    # @param request_timeout_ms [Integer, nil] see {Admin}
    # @return [DeleteConsumerGroupOffsetsHandle] whose `wait` raises if a single partition failed
    # @raise [TypeError] when the id is not a String
    # @raise [ArgumentError] when a name contains a null byte, and for an option out of range
    # @raise [NoMethodError] for anything but a list
    # @raise [Config::ClientCreationError] when the second client is refused
    # @raise [ClosedAdminError]
    def delete_consumer_group_offsets(group_id, topic_partition_list, request_timeout_ms: nil)
      require_open(__method__)
      list = native_list(topic_partition_list)
      native = @native.delete_consumer_group_offsets(group_id, list, [request_timeout_ms])
      DeleteConsumerGroupOffsetsHandle.new(native)
    end

    # Offsets of partitions.
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

    # Pending list of offsets. Created by {Helpers::ListOffsets#list_offsets}.
    class ListOffsetsHandle < Handle
      awaits "list offsets" do |answer|
        failed = answer.find { |_topic, _partition, _offset, code| !code.zero? }
        succeeded(failed ? partition_error(failed) : ListOffsetsReport.new(answer.map { |entry| to_h(entry) }))
      end

      private

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
        prefix = Internal::Text.join("Error querying offsets for partition #{partition} of '", topic, "'")
        RdkafkaError.new(code, prefix)
      end
    end

    # Result of an operation on a group's offsets.
    #
    # @private
    class GroupOffsetsReport
      # @return [String] the group
      attr_reader :group_name

      # @return [String, nil] why nothing was done; nil if it was
      attr_reader :error_string

      # @return [Array<Hash>] each with `topic:`, `partition:`, `offset:` and `error:` (nil on success)
      attr_reader :partitions

      # @private
      # @param error_string [String, nil]
      # @param group_name [String]
      # @param partitions [Array<Hash>]
      def initialize(error_string, group_name, partitions)
        @error_string = error_string
        @group_name = group_name
        @partitions = partitions
      end
    end

    # Pending operation on a group's offsets.
    #
    # @private
    class GroupOffsetsHandle < Handle
      private

      # The group's own error counts first, then that of the first partition that failed.
      def group_offsets(answer, report)
        group, error, partitions = answer
        made = report.new(error&.broker_message, group, partitions)
        error ||= partition_error(partitions)
        error ? failed(error, made) : succeeded(made)
      end

      def partition_error(partitions)
        failed = partitions.find { |partition| partition[:error] } or return
        text = Internal::Text.join("Failed for partition #{failed[:partition]} of '", failed[:topic], "'")
        RdkafkaError.new(failed[:error].rdkafka_response, broker_message: text)
      end
    end

    # Offsets that groups have committed.
    class ListConsumerGroupOffsetsReport
      # @return [Array<Hash>] in the order asked for, each with `group_id:`, `error:` (nil, or why there is no
      #   information) and `partitions:`. A partition has `topic:`, `partition:`, `offset:` (nil if there is none),
      #   `leader_epoch:` (nil if unknown), `metadata:` (nil if there is none) and `error:` (nil, or why the offset is
      #   unknown)
      attr_reader :groups

      # @private
      # @param groups [Array<Hash>]
      def initialize(groups)
        @groups = groups
      end
    end

    # Pending list of committed offsets.
    class ListConsumerGroupOffsetsHandle < Handle
      awaits "list consumer group offsets" do |answer|
        groups = @group_ids.zip(answer).map do |id, (error, partitions)|
          { group_id: id, error: error, partitions: partitions.to_a }
        end
        succeeded(ListConsumerGroupOffsetsReport.new(groups))
      end

      # @param native [KarafkaNative::Native::Operation, nil] see {Handle#initialize}
      # @param group_ids [Array<String>]
      def initialize(native = nil, group_ids = [])
        super(native)
        @group_ids = group_ids
      end
    end

    # Result of changing a group's offsets.
    class AlterConsumerGroupOffsetsReport < GroupOffsetsReport
    end

    # Pending change of a group's offsets.
    class AlterConsumerGroupOffsetsHandle < GroupOffsetsHandle
      awaits "alter consumer group offsets" do |answer|
        group_offsets(answer, AlterConsumerGroupOffsetsReport)
      end
    end

    # Result of deleting a group's offsets. Each `offset:` is -1001.
    class DeleteConsumerGroupOffsetsReport < GroupOffsetsReport
    end

    # Pending deletion of a group's offsets.
    class DeleteConsumerGroupOffsetsHandle < GroupOffsetsHandle
      awaits "delete consumer group offsets" do |answer|
        group_offsets(answer, DeleteConsumerGroupOffsetsReport)
      end
    end

    private

    # @return [Array<Array(String, Consumer::TopicPartitionList)>] groups, each with its partitions or nil
    def offsets_of(groups, partitions)
      pairs = Hash.try_convert(groups)
      raise ArgumentError, "partitions are given twice" if pairs && partitions

      wanted = pairs.to_a if pairs
      wanted ||= (Array.try_convert(groups) || [groups]).map { |group| [group, partitions] }
      wanted.map(&:last).each { |list| check_partitions(list) }
      wanted
    end

    # @raise [TypeError] for anything but nil or a list
    # @raise [ArgumentError] for a list without partitions
    def check_partitions(list)
      return if list.nil?

      unless list.is_a?(Consumer::TopicPartitionList)
        raise TypeError, "partitions have to be a TopicPartitionList or nil, not #{list.class}"
      end

      partitions = list.to_h.values
      missing = partitions.empty? || partitions.any? { |all| all.nil? || all == [] }
      raise ArgumentError, "the list has no partitions" if missing
    end

    # Anything else would be taken for an empty list, or for one of other content.
    def native_list(list)
      return list if list.is_a?(Consumer::TopicPartitionList)

      raise NoMethodError, "topic_partition_list has to be a TopicPartitionList, not #{list.class}"
    end
  end
end
