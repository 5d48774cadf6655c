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
      kafka.await_topic(name, partitions)
    end
  end

  # Waits until groups can have offsets of a topic.
  #
  # @return [void]
  def await_coordinators(topic, client = super_admin)
    eventually(30) { KafkaCluster::ForSpecs.coordinated?(client, topic) }
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
      create_rule(**rule)
      (@created_rules ||= []) << rule
    end
  end

  # Creates an ACL and waits until every broker knows it.
  #
  # @return [Rdkafka::Admin::CreateAclReport]
  def create_rule(**rule)
    report = within(60) { super_admin.create_acl(**rule).wait }
    kafka.bootstrap.split(",").each { |address| eventually(20) { rules_at(address, rule).any? } }
    report
  end

  # @param address [String] of a broker: a new client asks no other
  # @param filter [Hash]
  # @return [Array<Rdkafka::Admin::AclBindingResult>]
  def rules_at(address, filter)
    client = config("bootstrap.servers": address).admin
    within(60) { client.describe_acl(**filter).wait.acls }
  ensure
    client&.close
  end

  # @return [Rdkafka::RdkafkaError, nil] what waiting for the handle raises
  def failure_of(handle)
    error_of { within(60) { handle.wait } }
  end

  # @return [Array, nil] code and text of what waiting for the handle raises
  def refusal_of(handle)
    error = failure_of(handle)
    error && [error.code, error.broker_message]
  end

  # @return [Rdkafka::Consumer] a member of the group that has both partitions of the topic
  def member_of(group, topic, **)
    consumer("bootstrap.servers": kafka.bootstrap, "group.id": group, **).tap do |member|
      member.subscribe(topic)
      eventually(40) { patient_poll(member, 50) || member.assignment.count == 2 }
    end
  end

  # @return [void]
  def remove_what_was_created
    [*@created_rules].each { |rule| super_admin.delete_acl(**rule).wait }
    [*@created_topics].map { |topic| super_admin.delete_topic(topic) }.each { |handle| failure_of(handle) }
    @created_rules = @created_topics = @super_admin = nil
  end
end
