# frozen_string_literal: true

# What real brokers answer to admin clients.
on_kafka

topic_type = Rdkafka::Bindings::RD_KAFKA_RESOURCE_TOPIC

# A topic that all brokers know.
known_topic = lambda do |world, partitions: 1|
  world.new_topic(partitions: partitions).tap do |topic|
    world.publish(topic, "a", "b", "c")
    world.eventually do
      world.admin.describe_topics([topic]).wait.topics.first.then do |found|
        !found[:error] && found[:partitions].size == partitions
      end
    end
  end
end

# A group that has committed offset 2 of a topic and has no members.
known_group = lambda do |world, topic|
  world.unique("group").tap do |group|
    client = world.consumer("group.id": group)
    client.commit(world.list(topic => { 0 => 2 }))
    client.close
  end
end

scenario "create_partitions" do
  topic = new_topic
  client = admin
  handle = client.create_partitions(topic, 3)
  [
    handle.wait, handle.wait.equal?(handle.wait), attempt { client.create_partitions(topic, 2).wait },
    attempt { client.create_partitions(unique("missing"), 2).wait },
    client.create_partitions(topic, 1).wait(raise_response_error: false)
  ]
end

scenario "describe_configs" do
  topic = known_topic.call(self)
  report = admin.describe_configs([{ resource_type: topic_type, resource_name: topic }]).wait
  resource = report.resources.first
  entries = resource.configs.select { |entry| %w[retention.ms cleanup.policy].include?(entry.name) }.sort_by(&:name)
  [report.class, report.resources.size, resource.class, resource.name, resource.type, resource.configs_count, entries]
end

scenario "describe_configs of what does not exist" do
  handle = admin.describe_configs([{ resource_type: topic_type, resource_name: unique("missing") }])
  [attempt { handle.wait }, attempt { handle.wait(raise_response_error: false) }]
end

scenario "incremental_alter_configs" do
  topic = known_topic.call(self)
  client = admin
  resource = lambda do |*configs|
    [{ resource_type: topic_type, resource_name: topic, configs: configs }]
  end
  set = client.incremental_alter_configs(
    resource.call({ name: "retention.ms", op_type: 0, value: "12345" },
      { name: "cleanup.policy", op_type: 2, value: "compact" })
  ).wait
  deleted = client.incremental_alter_configs(resource.call({ name: "retention.ms", op_type: 1, value: nil })).wait
  refused = attempt do
    client.incremental_alter_configs(resource.call({ name: "retention.ms", op_type: 0, value: "soon" })).wait
  end
  [set, deleted, refused]
end

scenario "ACLs" do
  client = admin
  name = unique("resource")
  acl = {
    resource_type: topic_type, resource_name: name, principal: "User:somebody", host: "*", operation: 3,
    resource_pattern_type: 3, permission_type: 3
  }
  created = client.create_acl(**acl).wait
  found = eventually { client.describe_acl(**acl).wait.then { |report| report unless report.acls.empty? } }
  any = eventually do
    report = client.describe_acl(**acl, principal: nil, host: nil, operation: 1, permission_type: 1).wait
    report unless report.acls.empty?
  end
  [created, found, any.acls.size, client.delete_acl(**acl).wait, client.delete_acl(**acl).wait]
end

scenario "an ACL that the brokers refuse" do
  acl = {
    resource_type: topic_type, resource_name: unique("resource"), principal: "nobody", host: "*", operation: 3,
    resource_pattern_type: 3, permission_type: 3
  }
  attempt { admin.create_acl(**acl).wait }
end

scenario "delete_records" do
  topic = known_topic.call(self, partitions: 2)
  client = admin
  report = client.delete_records({ topic => [{ partition: 0, offset: 2 }, { partition: 1, offset: :end }] }).wait
  [
    report, client.delete_records({ topic => [{ partition: 0, offset: 99 }] }).wait,
    attempt { client.delete_records({ topic => [{ partition: 9, offset: 1 }] }).wait },
    consumer.query_watermark_offsets(topic, 0, 10_000)
  ]
end

scenario "groups, and their end" do
  topic = known_topic.call(self)
  group = known_group.call(self, topic)
  client = admin
  listed = client.list_consumer_groups.wait
  missing = unique("missing")
  described = client.describe_consumer_groups([group, missing]).wait
  described.groups.each { |found| found[:coordinator] &&= found[:coordinator].keys }
  deleted = client.delete_group(group)
  [
    listed.class, listed.groups.find { |found| found[:group_id] == group }, listed.errors, described, deleted.wait,
    attempt { client.delete_group(missing).wait }, client.delete_group(missing).wait(raise_response_error: false)
  ]
end

scenario "a group with a member" do
  topic = known_topic.call(self)
  group = unique("group")
  member = consumer("group.id": group, "client.id": "me")
  member.subscribe(topic)
  consume(member, 1)
  found = admin.describe_consumer_groups([group], include_authorized_operations: true).wait.groups.first
  one = found[:members].first
  found[:coordinator] = found[:coordinator].keys
  one[:member_id] = one[:member_id].class
  one[:host] = one[:host].class
  [found, attempt { admin.delete_group(group).wait }]
end

scenario "a group of the new protocol" do
  topic = known_topic.call(self)
  group = unique("group")
  client = member("group.id": group)
  client.subscribe(topic)
  consume(client, 1)
  found = admin.describe_consumer_groups([group]).wait.groups.first
  [found[:type], found[:type_name], found[:partition_assignor], found[:members].first[:target_assignment],
   found[:members].first[:assignment]]
end

scenario "offsets of a group" do
  topic = known_topic.call(self, partitions: 2)
  group = known_group.call(self, topic)
  client = admin
  altered = client.alter_consumer_group_offsets(group, list(topic => { 0 => 1, 1 => 0 }))
  after = -> { consumer("group.id": group).committed(list(topic => { 0 => nil, 1 => nil }), 10_000) }
  [
    altered.wait, altered.wait.equal?(altered.wait), after.call,
    client.delete_consumer_group_offsets(group, list(topic => { 0 => nil })).wait, after.call
  ]
end

scenario "offsets that cannot be changed" do
  topic = known_topic.call(self)
  group = known_group.call(self, topic)
  client = admin
  altered = client.alter_consumer_group_offsets(group, list(topic => { 99 => 1 }))
  deleted = client.delete_consumer_group_offsets(unique("missing"), list(topic => { 0 => nil }))
  [altered, deleted].map { |handle| [attempt { handle.wait }, handle.wait(raise_response_error: false)] }
end

scenario "the cluster" do
  report = admin.describe_cluster.wait
  authorized = admin.describe_cluster(include_authorized_operations: true).wait
  [
    report.class, report.cluster_id.encoding.name, report.controller.keys, report.nodes.size, report.nodes.first,
    report.authorized_operations, authorized.authorized_operations.sort
  ]
end

scenario "topics" do
  topic = known_topic.call(self, partitions: 2)
  missing = unique("missing")
  client = admin
  report = client.describe_topics([topic, missing]).wait
  found = report.topics.first
  found[:topic_id] = [found[:topic_id].class, found[:topic_id].size]
  found[:partitions].each do |partition|
    partition[:leader] = partition[:leader].keys
    partition[:replicas] = partition[:isr] = partition[:replicas].size
  end
  authorized = client.describe_topics([topic], include_authorized_operations: true).wait.topics.first
  [report, authorized[:authorized_operations].sort]
end

scenario "topics of a forked process" do
  topic = known_topic.call(self)
  admin
  forked { config.admin.describe_topics([topic]).wait.topics.first[:name] }
end
