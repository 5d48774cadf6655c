# frozen_string_literal: true

require_relative "handle"
require_relative "named_report"

module Rdkafka
  class Admin
    # Creates a topic.
    #
    # @param topic_name [String]
    # @param partition_count [Integer] -1 for the broker's default
    # @param replication_factor [Integer] -1 for the broker's default, and with `replica_assignment`
    # @param topic_config [Hash, nil] topic options; those that librdkafka rejects are omitted
    # @param replica_assignment [Array<Array<Integer>>, nil] for each partition the ids of the brokers that hold it, the
    #   preferred leader first; nil for the controller's choice
    # @param validate_only [Boolean] only check whether it could be created
    # @param request_timeout_ms [Integer, nil] see {Admin}
    # @param operation_timeout_ms [Integer, nil] see {Admin}
    # @param broker_id [Integer, nil] see {Admin}
    # @param topic_options [Hash] topic options given as keyword arguments
    # @return [CreateTopicHandle]
    # @raise [Config::ConfigError] when a number is out of range
    # @raise [TypeError] when the name is not a String
    # @raise [ArgumentError] when the name contains a null byte, for another option out of range, and when there are not
    #   as many assignments as partitions
    # @raise [ClosedAdminError]
    def create_topic(topic_name, partition_count, replication_factor, topic_config = {}, replica_assignment: nil,
      validate_only: false, request_timeout_ms: nil, operation_timeout_ms: nil, broker_id: nil, **topic_options)
      require_open(__method__)
      configs = topic_config.nil? ? [] : Internal::Argument.options(topic_config, "topic_config")
      configs += Internal::Argument.options(topic_options, "topic_config")
      CreateTopicHandle.new(@native.create_topic(
        topic_name, [partition_count, replication_factor], configs, replica_lists(replica_assignment, partition_count),
        [request_timeout_ms, operation_timeout_ms, broker_id, validate_only]
      ))
    end

    # Deletes a topic.
    #
    # @param topic_name [String]
    # @param request_timeout_ms [Integer, nil] see {Admin}
    # @param operation_timeout_ms [Integer, nil] see {Admin}
    # @param broker_id [Integer, nil] see {Admin}
    # @return [DeleteTopicHandle]
    # @raise [TypeError] when the name is not a String
    # @raise [ArgumentError] when the name contains a null byte, and for an option out of range
    # @raise [ClosedAdminError]
    def delete_topic(topic_name, request_timeout_ms: nil, operation_timeout_ms: nil, broker_id: nil)
      require_open(__method__)
      options = [request_timeout_ms, operation_timeout_ms, broker_id]
      DeleteTopicHandle.new(@native.delete_topic(topic_name, options))
    end

    # Adds partitions to a topic.
    #
    # @param topic_name [String]
    # @param partition_count [Integer] how many the topic is to have in the end
    # @param replica_assignment [Array<Array<Integer>>, nil] for each new partition the ids of the brokers that hold it,
    #   the preferred leader first; nil for the controller's choice
    # @param validate_only [Boolean] only check whether they could be added
    # @param request_timeout_ms [Integer, nil] see {Admin}
    # @param operation_timeout_ms [Integer, nil] see {Admin}
    # @param broker_id [Integer, nil] see {Admin}
    # @return [CreatePartitionsHandle]
    # @raise [Config::ConfigError] when the number is out of range
    # @raise [TypeError] when the name is not a String
    # @raise [ArgumentError] when the name contains a null byte, and for an option out of range
    # @raise [ClosedAdminError]
    def create_partitions(topic_name, partition_count, replica_assignment: nil, validate_only: false,
      request_timeout_ms: nil, operation_timeout_ms: nil, broker_id: nil)
      require_open(__method__)
      CreatePartitionsHandle.new(@native.create_partitions(
        topic_name, partition_count, replica_lists(replica_assignment),
        [request_timeout_ms, operation_timeout_ms, broker_id, validate_only]
      ))
    end

    # Describes topics. `wait` does not raise for a topic that cannot be described.
    #
    # @param topic_names [Array<String>] each at most once
    # @param include_authorized_operations [Boolean] also return the operations that this client may do
    # @param request_timeout_ms [Integer, nil] see {Admin}
    # @param broker_id [Integer, nil] see {Admin}
    # @return [DescribeTopicsHandle]
    # @raise [ArgumentError] for anything but an Array of Strings, when a name contains a null byte, and for an option
    #   out of range
    # @raise [ClosedAdminError]
    def describe_topics(topic_names, include_authorized_operations: false, request_timeout_ms: nil, broker_id: nil)
      require_open(__method__)
      names = Array.try_convert(topic_names)&.map { |name| String.try_convert(name) }
      raise ArgumentError, "topic_names must be an Array of Strings" if names.nil? || names.include?(nil)

      options = [request_timeout_ms, nil, broker_id]
      DescribeTopicsHandle.new(@native.describe_topics(names, include_authorized_operations, options))
    end

    # Pending change of a topic.
    #
    # @private
    class TopicHandle < Handle
      # @return [false] when there is no error
      # @raise [RdkafkaError]
      def raise_error
        RdkafkaError.validate!(response, broker_message: broker_message)
      end
    end

    # Result of creating a topic.
    class CreateTopicReport < NamedReport
    end

    # Pending creation of a topic.
    class CreateTopicHandle < TopicHandle
      awaits("create topic") { |answer| named(answer, CreateTopicReport) }
    end

    # Result of deleting a topic.
    class DeleteTopicReport < NamedReport
    end

    # Pending deletion of a topic.
    class DeleteTopicHandle < TopicHandle
      awaits("delete topic") { |answer| named(answer, DeleteTopicReport) }
    end

    # Result of adding partitions to a topic.
    class CreatePartitionsReport < CreateTopicReport
    end

    # Pending creation of partitions.
    class CreatePartitionsHandle < TopicHandle
      awaits("create partitions") { |answer| named(answer, CreatePartitionsReport) }
    end

    # Description of topics.
    class DescribeTopicsReport
      # @return [Array<Hash>] each with `name:`, `topic_id:` (base64, or nil), `is_internal:`, `partitions:`,
      #   `authorized_operations:` (nil unless asked for) and `error:` (nil, or why there is no information). A
      #   partition has `partition:`, `leader:` (or nil), `replicas:` and `isr:`; a node `id:`, `host:`, `port:` and
      #   `rack:`
      attr_reader :topics

      # @private
      # @param topics [Array<Hash>]
      def initialize(topics)
        @topics = topics
      end
    end

    # Pending description of topics.
    class DescribeTopicsHandle < Handle
      awaits("describe topics") { |answer| succeeded(DescribeTopicsReport.new(answer)) }
    end

    private

    # librdkafka would let a partition without brokers pass.
    def replica_lists(assignment, partition_count = nil)
      return if assignment.nil?

      lists = Internal::Argument.collection(assignment, "replica_assignment").map do |brokers|
        Array.try_convert(brokers) or raise TypeError, "replicas have to be an Array, not #{brokers.class}"
      end
      if partition_count && lists.size != Internal::Argument.integer(partition_count)
        raise ArgumentError, "replica_assignment has #{lists.size} partitions, not #{partition_count}"
      end
      raise ArgumentError, "replica_assignment has a partition without brokers" if lists.empty? || lists.any?(&:empty?)

      lists
    end
  end
end
