# frozen_string_literal: true

# Every operation of admin clients, for examples that are about all of them.
module AdminOperations
  class << self
    # @param topic [String]
    # @param group [String]
    # @return [Hash{Symbol => Proc}] by name; each takes a client and returns a handle
    def all(topic: "topic", group: "group")
      topics(topic).merge(groups(topic, group), resources(topic), users)
    end

    # @return [Hash{Symbol => Object}] keywords of the operations on ACLs
    def rule(topic, **)
      bindings = Rdkafka::Bindings
      { resource_type: bindings::RD_KAFKA_RESOURCE_TOPIC, resource_name: topic,
        resource_pattern_type: bindings::RD_KAFKA_RESOURCE_PATTERN_LITERAL, principal: "User:nobody", host: "*",
        operation: bindings::RD_KAFKA_ACL_OPERATION_READ,
        permission_type: bindings::RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW, ** }
    end

    # @return [Rdkafka::Consumer::TopicPartitionList]
    def list(topic, offsets = { 0 => 0 })
      Rdkafka::Consumer::TopicPartitionList.new.tap do |list|
        list.add_topic_and_partitions_with_offsets(topic, offsets)
      end
    end

    private

    def topics(topic)
      {
        create_topic: ->(client) { client.create_topic(topic, 1, 1) },
        delete_topic: ->(client) { client.delete_topic(topic) },
        create_partitions: ->(client) { client.create_partitions(topic, 2) },
        describe_topics: ->(client) { client.describe_topics([topic]) },
        delete_records: ->(client) { client.delete_records(topic => [{ partition: 0, offset: :end }]) },
        list_offsets: ->(client) { client.list_offsets({ topic => [{ partition: 0, offset: :latest }] }) },
        describe_cluster: :describe_cluster.to_proc,
        elect_leaders: ->(client) { client.elect_leaders(:preferred, list(topic)) }
      }
    end

    def groups(topic, group)
      {
        list_consumer_groups: :list_consumer_groups.to_proc,
        describe_consumer_groups: ->(client) { client.describe_consumer_groups([group]) },
        list_consumer_group_offsets: ->(client) { client.list_consumer_group_offsets(group) },
        delete_group: ->(client) { client.delete_group(group) },
        alter_consumer_group_offsets: ->(client) { client.alter_consumer_group_offsets(group, list(topic)) },
        delete_consumer_group_offsets: ->(client) { client.delete_consumer_group_offsets(group, list(topic)) }
      }
    end

    def resources(topic)
      config = { resource_type: Rdkafka::Bindings::RD_KAFKA_RESOURCE_TOPIC, resource_name: topic }
      change = { name: "retention.ms", op_type: Rdkafka::Bindings::RD_KAFKA_ALTER_CONFIG_OP_TYPE_SET, value: "1" }
      {
        create_acl: ->(client) { client.create_acl(**rule(topic)) },
        describe_acl: ->(client) { client.describe_acl(**rule(topic)) },
        delete_acl: ->(client) { client.delete_acl(**rule(topic)) },
        describe_configs: ->(client) { client.describe_configs([config]) },
        incremental_alter_configs: lambda { |client|
          client.incremental_alter_configs([{ **config, configs: [change] }])
        },
        alter_configs: ->(client) { client.alter_configs([{ **config, configs: { "retention.ms" => 1 } }]) }
      }
    end

    def users
      credential = { user: "admin-operations", mechanism: "SCRAM-SHA-256", password: "secret" }
      {
        alter_user_scram_credentials: ->(client) { client.alter_user_scram_credentials(upsert: [credential]) },
        describe_user_scram_credentials: :describe_user_scram_credentials.to_proc
      }
    end
  end
end
