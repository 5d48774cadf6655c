# frozen_string_literal: true

require_relative "handle"
require_relative "named_report"

module Rdkafka
  # Topics: creating, deleting, enlarging and describing them.
  class Admin
    # Creates a topic.
    #
    # @param topic_name [String]
    # @param partition_count [Integer] -1 for the broker's default
    # @param replication_factor [Integer] -1 for the broker's default
    # @param topic_config [Hash, nil] topic options; those that librdkafka refuses are left out
    # @return [CreateTopicHandle]
    # @raise [Config::ConfigError] when a number is out of range
    # @raise [TypeError] when the name is no String
    # @raise [ArgumentError] when the name contains a null byte
    # @raise [ClosedAdminError]
    def create_topic(topic_name, partition_count, replication_factor, topic_config = {})
      closed_admin_check(__method__)
      options = topic_config.nil? ? [] : Internal::Argument.options(topic_config, "topic_config")
      CreateTopicHandle.new(@native.create_topic(topic_name, partition_count, replication_factor, options))
    end

    # Deletes a topic.
    #
    # @param topic_name [String]
    # @return [DeleteTopicHandle]
    # @raise [TypeError] when the name is no String
    # @raise [ArgumentError] when the name contains a null byte
    # @raise [ClosedAdminError]
    def delete_topic(topic_name)
      closed_admin_check(__method__)
      DeleteTopicHandle.new(@native.delete_topic(topic_name))
    end

    # Adds partitions to a topic.
    #
    # @param topic_name [String]
    # @param partition_count [Integer] how many the topic is to have in the end
    # @return [CreatePartitionsHandle]
    # @raise [Config::ConfigError] when the number is out of range
    # @raise [TypeError] when the name is no String
    # @raise [ArgumentError] when the name contains a null byte
    # @raise [ClosedAdminError]
    def create_partitions(topic_name, partition_count)
      closed_admin_check(__method__)
      CreatePartitionsHandle.new(@native.create_partitions(topic_name, partition_count))
    end

    # Describes topics. A topic that cannot be described does not make `wait` raise.
    #
    # @param topic_names [Array<String>] each at most once
    # @param include_authorized_operations [Boolean] also ask what this client may do
    # @return [DescribeTopicsHandle]
    # @raise [ArgumentError] for anything but an Array of Strings, or when a name contains a null byte
    # @raise [ClosedAdminError]
    def describe_topics(topic_names, include_authorized_operations: false)
      closed_admin_check(__method__)
      names = Array.try_convert(topic_names)&.map { |name| String.try_convert(name) }
      raise ArgumentError, "topic_names must be an Array of Strings" if names.nil? || names.include?(nil)

      DescribeTopicsHandle.new(@native.describe_topics(names, include_authorized_operations))
    end

    # Awaits a change of a topic.
    #
    # @private
    class TopicHandle < Handle
      # @return [false] when there is no error
      # @raise [RdkafkaError]
      def raise_error
        RdkafkaError.validate!(response, broker_message: broker_message)
      end
    end

    # What became of a topic that was to be created.
    class CreateTopicReport < NamedReport
    end

    # Awaits the creation of a topic.
    class CreateTopicHandle < TopicHandle
      awaits("create topic") { |answer| named(answer, CreateTopicReport) }
    end

    # What became of a topic that was to be deleted.
    class DeleteTopicReport < NamedReport
    end

    # Awaits the deletion of a topic.
    class DeleteTopicHandle < TopicHandle
      awaits("delete topic") { |answer| named(answer, DeleteTopicReport) }
    end

    # What became of a topic that was to get more partitions.
    class CreatePartitionsReport < CreateTopicReport
    end

    # Awaits the creation of partitions.
    class CreatePartitionsHandle < TopicHandle
      awaits("create partitions") { |answer| named(answer, CreatePartitionsReport) }
    end

    # What brokers tell of topics.
    class DescribeTopicsReport
      # @return [Array<Hash>] each with `name:`, `topic_id:` (base64, or nil), `is_internal:`, `partitions:`,
      #   `authorized_operations:` (nil if not asked for) and `error:` (nil, or why nothing can be told). A partition
      #   has `partition:`, `leader:` (or nil), `replicas:` and `isr:`; a node `id:`, `host:`, `port:` and `rack:`
      attr_reader :topics

      # @private
      # @param topics [Array<Hash>]
      def initialize(topics)
        @topics = topics
      end
    end

    # Awaits the description of topics.
    class DescribeTopicsHandle < Handle
      awaits("describe topics") { |answer| succeeded(DescribeTopicsReport.new(answer)) }
    end
  end
end
