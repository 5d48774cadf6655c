# frozen_string_literal: true

# The rest of the admin operations, where no broker answers. Each one is waited for: the reference freezes when a client
# with a pending one is closed.

# An admin client that soon gives up.
impatient = ->(world) { world.admin("bootstrap.servers": "127.0.0.1:1", "socket.timeout.ms": 300) }

acl = {
  resource_type: Rdkafka::Bindings::RD_KAFKA_RESOURCE_TOPIC, resource_name: "t",
  resource_pattern_type: Rdkafka::Bindings::RD_KAFKA_RESOURCE_PATTERN_LITERAL, principal: "User:u", host: "*",
  operation: Rdkafka::Bindings::RD_KAFKA_ACL_OPERATION_READ,
  permission_type: Rdkafka::Bindings::RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW
}
topic_type = Rdkafka::Bindings::RD_KAFKA_RESOURCE_TOPIC
offsets = Rdkafka::Consumer::TopicPartitionList.new("t" => [Rdkafka::Consumer::Partition.new(0, 5)])

operations = {
  create_partitions: ->(client) { client.create_partitions("t", 2) },
  delete_group: ->(client) { client.delete_group("g") },
  create_acl: ->(client) { client.create_acl(**acl) },
  delete_acl: ->(client) { client.delete_acl(**acl) },
  describe_acl: ->(client) { client.describe_acl(**acl) },
  describe_configs: ->(client) { client.describe_configs([{ resource_type: topic_type, resource_name: "t" }]) },
  incremental_alter_configs: lambda do |client|
    client.incremental_alter_configs(
      [{ resource_type: topic_type, resource_name: "t", configs: [{ name: "retention.ms", op_type: 0, value: "1" }] }]
    )
  end,
  list_offsets: ->(client) { client.list_offsets({ "t" => [{ partition: 0, offset: :latest }] }) },
  alter_consumer_group_offsets: ->(client) { client.alter_consumer_group_offsets("g", offsets) },
  delete_consumer_group_offsets: ->(client) { client.delete_consumer_group_offsets("g", offsets) },
  delete_records: ->(client) { client.delete_records({ "t" => [{ partition: 0, offset: 1 }] }) },
  list_consumer_groups: ->(client) { client.list_consumer_groups }, # rubocop:disable Style/SymbolProc
  describe_consumer_groups: ->(client) { client.describe_consumer_groups(%w[g h]) },
  describe_cluster: ->(client) { client.describe_cluster }, # rubocop:disable Style/SymbolProc
  describe_topics: ->(client) { client.describe_topics(["t"]) }
}

scenario "the methods" do
  signatures(Rdkafka::Admin, *operations.keys) + signatures(Rdkafka::Admin.singleton_class, :describe_errors)
end

scenario "describe_errors" do
  Rdkafka::Admin.describe_errors
end

operations.each do |name, operation|
  scenario "#{name} without a broker" do
    handle = operation.call(impatient.call(self))
    before = [
      handle.class, handle.operation_name.to_sym, handle.pending?, handle[:response],
      attempt { handle.wait(max_wait_timeout_ms: 0) }
    ]
    # There are two texts for it, depending on which of librdkafka's timers fires first.
    error = attempt { handle.wait(max_wait_timeout_ms: 15_000) }
    after = [
      error.class, error.is_a?(Rdkafka::RdkafkaError) ? error.code : error,
      attempt { handle.wait(raise_response_error: false) }, handle.pending?, handle[:response],
      handle.broker_message.class
    ]
    [before, after, registered?(handle)]
  end

  scenario "#{name} of a closed client" do
    client = admin
    client.close
    attempt { operation.call(client) }
  end
end

# Becomes the class of what is raised, or what the operation ends with.
refused = lambda do |world, &operation|
  outcome = world.attempt { operation.call }
  outcome.is_a?(Rdkafka::AbstractHandle) ? world.attempt { outcome.wait(max_wait_timeout_ms: 15_000) } : outcome
end

{
  "partitions out of range" => ->(client) { client.create_partitions("t", 0) },
  "too many partitions" => ->(client) { client.create_partitions("t", 100_001) },
  "no resource type" => ->(client) { client.describe_configs([{ resource_name: "t" }]) },
  "no resource name" => ->(client) { client.describe_configs([{ resource_type: topic_type }]) },
  "an empty resource name" => lambda { |client|
    client.describe_configs([{ resource_type: topic_type, resource_name: "" }])
  },
  "a negative resource type" => ->(client) { client.describe_configs([{ resource_type: -1, resource_name: "t" }]) },
  "no configs to alter" => lambda do |client|
    client.incremental_alter_configs([{ resource_type: topic_type, resource_name: "t" }])
  end,
  "an unknown ACL resource type" => ->(client) { client.create_acl(**acl, resource_type: 99) },
  "an ACL for any operation" => ->(client) { client.create_acl(**acl, operation: 1) },
  "an unknown ACL pattern" => ->(client) { client.create_acl(**acl, resource_pattern_type: 99) },
  "an unknown ACL permission" => ->(client) { client.create_acl(**acl, permission_type: 99) },
  "an unknown ACL filter" => ->(client) { client.describe_acl(**acl, operation: 99) },
  "half an ACL" => ->(client) { client.create_acl(resource_type: topic_type) },
  "records before what" => ->(client) { client.delete_records({ "t" => [{ partition: 0, offset: :beginning }] }) },
  "records before nothing" => ->(client) { client.delete_records({ "t" => [{ partition: 0, offset: nil }] }) },
  "records of no partition" => ->(client) { client.delete_records({ "t" => [{ offset: 1 }] }) },
  "no records" => ->(client) { client.delete_records({}) },
  "records of a partition twice" => lambda do |client|
    client.delete_records({ "t" => [{ partition: 0, offset: 1 }, { partition: 0, offset: 2 }] })
  end,
  "no groups" => ->(client) { client.describe_consumer_groups([]) },
  "a group twice" => ->(client) { client.describe_consumer_groups(%w[g g]) },
  "topics that are no Array" => ->(client) { client.describe_topics("t") },
  "topics that are nil" => ->(client) { client.describe_topics(nil) },
  "topics that are no Strings" => ->(client) { client.describe_topics([:t]) },
  "an empty topic" => ->(client) { client.describe_topics([""]) },
  "a topic twice" => ->(client) { client.describe_topics(%w[t t]) },
  "no topics" => ->(client) { client.describe_topics([]) },
  "an empty list of offsets" => lambda do |client|
    client.alter_consumer_group_offsets("g", Rdkafka::Consumer::TopicPartitionList.new)
  end,
  "a negative offset" => lambda do |client|
    list = Rdkafka::Consumer::TopicPartitionList.new("t" => [Rdkafka::Consumer::Partition.new(0, -5)])
    client.alter_consumer_group_offsets("g", list)
  end
}.each do |what, operation|
  scenario "refusing #{what}" do
    client = impatient.call(self)
    refused.call(self) { operation.call(client) }
  end
end

[[9, "5"], [0, nil]].each do |type, value|
  scenario "refusing configs with the operation #{type} and the value #{value.inspect}" do
    client = impatient.call(self)
    resource = { resource_type: topic_type, resource_name: "t", configs: [{ name: "n", op_type: type, value: value }] }
    refused.call(self) { client.incremental_alter_configs([resource]) }
  end
end

["", nil].each do |name|
  scenario "refusing configs with the name #{name.inspect}" do
    client = impatient.call(self)
    resource = { resource_type: topic_type, resource_name: "t", configs: [{ name: name, op_type: 0, value: "1" }] }
    refused.call(self) { client.incremental_alter_configs([resource]) }
  end
end

{
  create_partitions: [[nil, 1], [:t, 1], %w[t 1]],
  delete_group: [[nil], [:g]],
  describe_configs: [
    [[{ resource_type: topic_type, resource_name: nil }]], [[{ resource_type: "topic", resource_name: "t" }]]
  ],
  alter_consumer_group_offsets: [[nil, offsets], [:g, offsets], ["g", nil]],
  delete_consumer_group_offsets: [["g", {}]],
  describe_consumer_groups: [["g"], [[nil]], [[:g]]],
  delete_records: [[nil], [{ t: [{ partition: 0, offset: 1 }] }]]
}.each do |method, calls|
  scenario "#{method} with arguments of the wrong kind" do
    client = impatient.call(self)
    calls.map { |arguments| refusal { client.public_send(method, *arguments) } }
  end
end

scenario "create_acl with arguments of the wrong kind" do
  client = impatient.call(self)
  [{ resource_name: nil }, { principal: 5 }, { operation: "read" }].map do |wrong|
    refusal { client.create_acl(**acl, **wrong) }
  end
end
