# frozen_string_literal: true

require_relative "../karafka_native/client"
require_relative "../karafka_native/admin_handle"
require_relative "../karafka_native/config_resources"
require_relative "../karafka_native/group_offsets"
require_relative "admin/create_topic"
require_relative "admin/delete_topic"
require_relative "admin/create_partitions"
require_relative "admin/describe_topics"
require_relative "admin/describe_cluster"
require_relative "admin/delete_records"
require_relative "admin/list_offsets"
require_relative "admin/list_consumer_groups"
require_relative "admin/describe_consumer_groups"
require_relative "admin/delete_group"
require_relative "admin/alter_consumer_group_offsets"
require_relative "admin/delete_consumer_group_offsets"
require_relative "admin/acl_binding_result"
require_relative "admin/create_acl"
require_relative "admin/describe_acl"
require_relative "admin/delete_acl"
require_relative "admin/config_results"
require_relative "admin/describe_configs"
require_relative "admin/incremental_alter_configs"

module Rdkafka
  # Manages a cluster. Made by {Config#admin}.
  #
  # Operations return handles at once; results arrive without polling. librdkafka's `socket.timeout.ms`
  # bounds how long they take.
  class Admin
    include KarafkaNative::Client
    include Helpers::OAuth
    include Helpers::Metadata
    include Helpers::ListOffsets

    # @return [Hash{Integer => Hash}] all of librdkafka's codes, each with `code:`, `name:` and `description:`
    def self.describe_errors
      KarafkaNative::Native.error_descriptions.to_h do |code, name, description|
        [code, { code: code, name: name, description: description }]
      end
    end

    # @private
    # @param native [KarafkaNative::Native::Producer]
    # @param callbacks [KarafkaNative::Callbacks]
    # @param poller [KarafkaNative::PollingThread, nil]
    def initialize(native, callbacks, poller)
      @native = native
      @callbacks = callbacks
      @poller = poller
      @started = false
    end

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
      options = topic_config.to_h.map { |key, value| [key.to_s, value.to_s] }
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
      unless topic_names.is_a?(Array) && topic_names.all?(String)
        raise ArgumentError, "topic_names must be an Array of Strings"
      end

      DescribeTopicsHandle.new(@native.describe_topics(topic_names, include_authorized_operations))
    end

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

    # Describes the cluster.
    #
    # @param include_authorized_operations [Boolean] also ask what this client may do
    # @return [DescribeClusterHandle]
    # @raise [ClosedAdminError]
    def describe_cluster(include_authorized_operations: false)
      closed_admin_check(__method__)
      DescribeClusterHandle.new(@native.describe_cluster(include_authorized_operations))
    end

    # Asks every broker for its consumer groups. Brokers that cannot be asked do not make `wait` raise.
    #
    # @return [ListConsumerGroupsHandle]
    # @raise [ClosedAdminError]
    def list_consumer_groups
      closed_admin_check(__method__)
      ListConsumerGroupsHandle.new(@native.list_groups)
    end

    # Describes consumer groups. A group that cannot be described does not make `wait` raise; one that does not exist is
    # dead.
    #
    # @param group_ids [Array<String>] each at most once
    # @param include_authorized_operations [Boolean] also ask what this client may do
    # @return [DescribeConsumerGroupsHandle]
    # @raise [TypeError] when an id is no String
    # @raise [ArgumentError] when an id contains a null byte
    # @raise [ClosedAdminError]
    def describe_consumer_groups(group_ids, include_authorized_operations: false)
      closed_admin_check(__method__)
      ids = group_ids.map(&:itself)
      DescribeConsumerGroupsHandle.new(@native.describe_groups(ids, include_authorized_operations))
    end

    # Deletes a consumer group, which must not have members.
    #
    # @param group_id [String]
    # @return [DeleteGroupsHandle]
    # @raise [TypeError] when the id is no String
    # @raise [ArgumentError] when the id contains a null byte
    # @raise [RdkafkaError] `:unsupported_feature` when the client is configured for brokers that cannot do it
    # @raise [ClosedAdminError]
    def delete_group(group_id)
      closed_admin_check(__method__)
      DeleteGroupsHandle.new(@native.delete_group(group_id))
    end

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

    # Creates a rule of access control.
    #
    # @param resource_type [Integer] `Bindings::RD_KAFKA_RESOURCE_*`
    # @param resource_name [String]
    # @param resource_pattern_type [Integer] `Bindings::RD_KAFKA_RESOURCE_PATTERN_*`
    # @param principal [String] such as `User:alice`
    # @param host [String] `*` for all
    # @param operation [Integer] `Bindings::RD_KAFKA_ACL_OPERATION_*`
    # @param permission_type [Integer] `Bindings::RD_KAFKA_ACL_PERMISSION_TYPE_*`
    # @return [CreateAclHandle]
    # @raise [Config::ConfigError] when librdkafka refuses a number
    # @raise [TypeError] when a value has another type
    # @raise [ArgumentError] when a text contains a null byte
    # @raise [ClosedAdminError]
    def create_acl(resource_type:, resource_name:, resource_pattern_type:, principal:, host:, operation:,
      permission_type:)
      closed_admin_check(__method__)
      CreateAclHandle.new(@native.create_acl(
        [resource_type, resource_name, resource_pattern_type, principal, host, operation, permission_type]
      ))
    end

    # Asks for the rules that a filter matches.
    #
    # @param resource_type [Integer] `Bindings::RD_KAFKA_RESOURCE_*`
    # @param resource_name [String, nil] nil for any
    # @param resource_pattern_type [Integer] `Bindings::RD_KAFKA_RESOURCE_PATTERN_*`
    # @param principal [String, nil] such as `User:alice`; nil for any
    # @param host [String, nil] `*` for all; nil for any
    # @param operation [Integer] `Bindings::RD_KAFKA_ACL_OPERATION_*`
    # @param permission_type [Integer] `Bindings::RD_KAFKA_ACL_PERMISSION_TYPE_*`
    # @return [DescribeAclHandle]
    # @raise [Config::ConfigError] when librdkafka refuses a number
    # @raise [TypeError] when a value has another type
    # @raise [ArgumentError] when a text contains a null byte
    # @raise [ClosedAdminError]
    def describe_acl(resource_type:, resource_name:, resource_pattern_type:, principal:, host:, operation:,
      permission_type:)
      closed_admin_check(__method__)
      DescribeAclHandle.new(@native.describe_acl(
        [resource_type, resource_name, resource_pattern_type, principal, host, operation, permission_type]
      ))
    end

    # Deletes the rules that a filter matches.
    #
    # @param resource_type [Integer] `Bindings::RD_KAFKA_RESOURCE_*`
    # @param resource_name [String, nil] nil for any
    # @param resource_pattern_type [Integer] `Bindings::RD_KAFKA_RESOURCE_PATTERN_*`
    # @param principal [String, nil] such as `User:alice`; nil for any
    # @param host [String, nil] `*` for all; nil for any
    # @param operation [Integer] `Bindings::RD_KAFKA_ACL_OPERATION_*`
    # @param permission_type [Integer] `Bindings::RD_KAFKA_ACL_PERMISSION_TYPE_*`
    # @return [DeleteAclHandle]
    # @raise [Config::ConfigError] when librdkafka refuses a number
    # @raise [TypeError] when a value has another type
    # @raise [ArgumentError] when a text contains a null byte
    # @raise [ClosedAdminError]
    def delete_acl(resource_type:, resource_name:, resource_pattern_type:, principal:, host:, operation:,
      permission_type:)
      closed_admin_check(__method__)
      DeleteAclHandle.new(@native.delete_acl(
        [resource_type, resource_name, resource_pattern_type, principal, host, operation, permission_type]
      ))
    end

    # Asks for configurations. One resource that cannot be described makes `wait` raise.
    #
    # @param resources [Array<Hash>] each with `resource_type:` (`Bindings::RD_KAFKA_RESOURCE_*`) and `resource_name:`
    # @return [DescribeConfigsHandle]
    # @raise [KeyError] for a missing key
    # @raise [TypeError] when a name is no String or a type no Integer
    # @raise [ArgumentError] when a name contains a null byte
    # @raise [Config::ConfigError] for an empty name and for a type that librdkafka refuses
    # @raise [ClosedAdminError]
    def describe_configs(resources)
      closed_admin_check(__method__)
      wanted = resources.map { |resource| [resource.fetch(:resource_type), resource.fetch(:resource_name)] }
      DescribeConfigsHandle.new(@native.describe_configs(wanted))
    end

    # Changes single options of resources. One resource that cannot be changed makes `wait` raise.
    #
    # @param resources_with_configs [Array<Hash>] each with `resource_type:` (`Bindings::RD_KAFKA_RESOURCE_*`),
    #   `resource_name:` and `configs:`, an Array of Hashes with `name:`, `op_type:`
    #   (`Bindings::RD_KAFKA_ALTER_CONFIG_OP_TYPE_*`) and `value:` (nil only to delete)
    # @return [IncrementalAlterConfigsHandle]
    # @raise [KeyError] for a missing key
    # @raise [TypeError] when a name or value is no String or a type no Integer
    # @raise [ArgumentError] when a text contains a null byte
    # @raise [Config::ConfigError] for an empty name and for a type that librdkafka refuses
    # @raise [RdkafkaError] `:invalid_arg` when librdkafka refuses a change
    # @raise [ClosedAdminError]
    def incremental_alter_configs(resources_with_configs)
      closed_admin_check(__method__)
      resources = resources_with_configs.map do |resource|
        changes = resource.fetch(:configs).map { |config| config.fetch_values(:name, :op_type, :value) }
        [resource.fetch(:resource_type), resource.fetch(:resource_name), changes]
      end
      IncrementalAlterConfigsHandle.new(@native.alter_configs(resources))
    end

    # Serves the first events (a token refresh callback is called here, on this thread), then starts the polling thread
    # if there is one.
    # {Config#admin} does it unless told not to. Calling it again does nothing.
    #
    # @return [nil]
    # @raise [ClosedInnerError]
    # @raise [Exception] what a callback raises
    def start
      start_once
    end

    # @return [String] such as `rdkafka#producer-1`, binary; known for good after the first call
    # @raise [ClosedInnerError]
    def name
      @name ||= @native.name
    end

    # Serves statistics, errors, logs and token refreshes, until nothing is left. Does not wait, and holds the
    # GVL; callbacks run on this thread.
    #
    # @yieldparam count [Integer] events served in one round
    # @yieldreturn [Object] `:stop` ends it
    # @return [nil]
    # @raise [Exception] what a callback raises
    # @raise [ClosedAdminError]
    def events_poll_nb_each
      closed_admin_check(__method__)
      while (count = serve_events)
        break if yield(count) == :stop || closed?
      end
      nil
    end

    # Tells an event loop of what {#events_poll_nb_each} would serve: `payload` is written when the queue stops
    # being empty.
    #
    # @param fd [Integer] file descriptor, best non-blocking
    # @param payload [String]
    # @return [nil]
    # @raise [RuntimeError] when there is a polling thread
    # @raise [ClosedInnerError]
    def enable_queue_io_events(fd, payload = "\x01")
      refuse_with_polling_thread
      @native.enable_queue_io_events(fd, payload)
    end

    # Tells an event loop of results of operations: `payload` is written for each.
    #
    # @param fd [Integer] file descriptor, best non-blocking
    # @param payload [String]
    # @return [nil]
    # @raise [RuntimeError] when there is a polling thread
    # @raise [ClosedInnerError]
    def enable_background_queue_io_events(fd, payload = "\x01")
      refuse_with_polling_thread
      @native.enable_background_queue_io_events(fd, payload)
    end

    # Frees the client. Operations that wait end with `:destroy`. Closing a closed client does nothing.
    #
    # @return [nil]
    def close
      poll_again_unless_closed { @native.close(@poller) }
      nil
    end

    # @private
    # @param timeout_ms [Integer, nil]
    # @return [Integer] 0: admin clients give up no messages
    def close_at_exit(timeout_ms)
      poll_again_unless_closed { @native.close_at_exit(timeout_ms, @poller) } || 0
    end

    # @return [Boolean] whether it is closed, or was made by another process
    def closed?
      @native.closed?
    end

    private

    def closed_admin_check(method)
      raise ClosedAdminError, method if closed?
    end
    alias closed_check closed_admin_check

    # Anything else would be taken for an empty list, or for one of other content.
    def native_list(list)
      return list if list.is_a?(Consumer::TopicPartitionList)

      raise NoMethodError, "topic_partition_list has to be a TopicPartitionList, not #{list.class}"
    end
  end
end
