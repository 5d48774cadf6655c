# frozen_string_literal: true

# Admin clients of real brokers, and what they have made.
module AdminClients
  # @return [Rdkafka::Admin] one that may do everything
  def super_admin
    @super_admin ||= closing(config("bootstrap.servers": kafka.bootstrap).admin)
  end

  # @param user [String]
  # @return [Rdkafka::Admin] one that ACLs bind
  def admin_as(user)
    closing(config("bootstrap.servers": kafka.bootstrap("sasl"), "security.protocol": "sasl_plaintext",
      "sasl.mechanisms": "PLAIN", "sasl.username": user, "sasl.password": "#{user}-secret").admin)
  end

  # Creates a topic and waits until every broker knows it.
  #
  # @return [String] its name
  def created_topic(partitions: 1, replicas: 1, **options)
    unique_name("topic").tap do |name|
      super_admin.create_topic(name, partitions, replicas, options).wait
      (@created_topics ||= []) << name
      await_partitions(name, partitions)
    end
  end

  # Waits until every broker knows that many partitions of a topic with their leaders.
  #
  # @return [void]
  def await_partitions(topic, count)
    @clients_by_broker = nil if @clients_by_broker&.any?(&:closed?) # in a forked child
    @clients_by_broker ||= kafka.bootstrap.split(",").map { |address| admin("bootstrap.servers": address) }
    @clients_by_broker.each { |client| eventually(20) { leaders_of(topic, client) == count } }
  end

  # Waits until groups can have offsets of a topic.
  #
  # @return [void]
  def await_coordinators(topic, client = super_admin)
    eventually(30) { KafkaCluster::ForSpecs.coordinated?(client, topic) }
  end

  # @param client [Rdkafka::Admin]
  # @return [Integer] partitions of a topic that have a leader
  def leaders_of(topic, client)
    client.metadata(topic, 10_000).topics.first[:partitions].count { |partition| partition[:leader] >= 0 }
  rescue Rdkafka::RdkafkaError
    0
  end

  # Forbids a user everything about a topic and a group, and waits until brokers know that.
  #
  # @return [void]
  def forbid(user, topic:, group:)
    rules = { topic => Rdkafka::Bindings::RD_KAFKA_RESOURCE_TOPIC, group => Rdkafka::Bindings::RD_KAFKA_RESOURCE_GROUP }
    rules.each do |name, type|
      rule = AdminOperations.rule(
        name, resource_type: type, principal: "User:#{user}",
        operation: Rdkafka::Bindings::RD_KAFKA_ACL_OPERATION_ALL,
        permission_type: Rdkafka::Bindings::RD_KAFKA_ACL_PERMISSION_TYPE_DENY
      )
      super_admin.create_acl(**rule).wait
      (@created_rules ||= []) << rule
    end
  end

  # @return [Rdkafka::RdkafkaError, nil] what waiting for the handle raises
  def failure_of(handle)
    within(60) { handle.wait }
    nil
  rescue Rdkafka::RdkafkaError => e
    e
  end

  # @return [void]
  def remove_what_was_created
    [*@created_rules].each { |rule| super_admin.delete_acl(**rule).wait }
    [*@created_topics].map { |topic| super_admin.delete_topic(topic) }.each { |handle| failure_of(handle) }
    @created_rules = @created_topics = @super_admin = @clients_by_broker = nil
  end
end
