# frozen_string_literal: true

require_relative "handle"

module Rdkafka
  # Offsets of partitions and of consumer groups.
  class Admin
    # Sets offsets of a consumer group, with their metadata. The group must not have members.
    #
    # @param group_id [String]
    # @param topic_partition_list [Consumer::TopicPartitionList]
    # @return [AlterConsumerGroupOffsetsHandle] whose `wait` raises if a single partition failed
    # @raise [TypeError] when the id is no String
    # @raise [ArgumentError] when a name contains a null byte
    # @raise [NoMethodError] for anything but a list
    # @raise [ClosedAdminError]
    def alter_consumer_group_offsets(group_id, topic_partition_list)
      closed_admin_check(__method__)
      list = native_list(topic_partition_list)
      AlterConsumerGroupOffsetsHandle.new(@native.alter_group_offsets(group_id, list))
    end

    # Forgets offsets of a consumer group, which stays. No member may be subscribed to the topics.
    #
    # @param group_id [String]
    # @param topic_partition_list [Consumer::TopicPartitionList]
    # @return [DeleteConsumerGroupOffsetsHandle] whose `wait` raises if a single partition failed
    # @raise [TypeError] when the id is no String
    # @raise [ArgumentError] when a name contains a null byte
    # @raise [NoMethodError] for anything but a list
    # @raise [RdkafkaError] `:unsupported_feature` when the client is configured for brokers that cannot do it
    # @raise [ClosedAdminError]
    def delete_consumer_group_offsets(group_id, topic_partition_list)
      closed_admin_check(__method__)
      list = native_list(topic_partition_list)
      DeleteConsumerGroupOffsetsHandle.new(@native.delete_group_offsets(group_id, list))
    end

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

    # What became of offsets of a group.
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

    # Awaits what becomes of offsets of a group.
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

    # What became of a group's offsets that were to be changed.
    class AlterConsumerGroupOffsetsReport < GroupOffsetsReport
    end

    # Awaits that offsets of a group are changed.
    class AlterConsumerGroupOffsetsHandle < GroupOffsetsHandle
      awaits "alter consumer group offsets" do |answer|
        group_offsets(answer, AlterConsumerGroupOffsetsReport)
      end
    end

    # What became of a group's offsets that were to be forgotten. Offsets are -1001.
    class DeleteConsumerGroupOffsetsReport < GroupOffsetsReport
    end

    # Awaits that offsets of a group are forgotten.
    class DeleteConsumerGroupOffsetsHandle < GroupOffsetsHandle
      awaits "delete consumer group offsets" do |answer|
        group_offsets(answer, DeleteConsumerGroupOffsetsReport)
      end
    end

    private

    # Anything else would be taken for an empty list, or for one of other content.
    def native_list(list)
      return list if list.is_a?(Consumer::TopicPartitionList)

      raise NoMethodError, "topic_partition_list has to be a TopicPartitionList, not #{list.class}"
    end
  end
end
