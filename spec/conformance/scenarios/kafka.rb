# frozen_string_literal: true

# What only real brokers answer.
on_kafka

scenario "creating and deleting a topic" do
  client = admin
  name = unique("created")
  created = client.create_topic(name, 2, 1, { "cleanup.policy" => "compact", "retention.ms": 60_000 })
  report = created.wait
  deleted = client.delete_topic(name)
  [report, created.wait.equal?(report), created.pending?, created[:response], deleted.wait]
end

scenario "creating a topic that exists" do
  handle = admin.create_topic(new_topic, 1, 1)
  [
    attempt { handle.wait }, handle.wait(raise_response_error: false), handle[:response], handle.broker_message.class,
    handle.result
  ]
end

scenario "creating topics that the brokers refuse" do
  client = admin
  [
    ["a b", 1, 1], ["a" * 300, 1, 1], [unique("replicated"), 1, 100],
    [unique("configured"), 1, 1, { "no.such.option" => 1 }], [unique("configured"), 1, 1, { "retention.ms" => "x" }]
  ].map { |arguments| attempt { client.create_topic(*arguments).wait } }
end

scenario "deleting a topic that does not exist" do
  handle = admin.delete_topic(unique("missing"))
  [attempt { handle.wait }, handle.wait(raise_response_error: false)]
end

scenario "a topic of the brokers' defaults" do
  client = admin
  name = deleting(unique("defaults"))
  created = client.create_topic(name, -1, -1).wait
  found = eventually { attempt { client.metadata(name) }.then { |value| value if value.is_a?(Rdkafka::Metadata) } }
  [created, found.topics.first[:topic_name]]
end

scenario "metadata of a replicated topic" do
  client = admin
  name = deleting(unique("replicated"))
  client.create_topic(name, 1, 3).wait
  found = eventually { attempt { client.metadata(name) }.then { |value| value if value.is_a?(Rdkafka::Metadata) } }
  partition = found.topics.first[:partitions].first
  [
    found.brokers.size, found.brokers.first.keys, partition.keys, partition[:replicas].sort, partition[:isrs].sort,
    partition[:replica_count], partition[:in_sync_replica_brokers]
  ]
end

scenario "metadata of a topic that does not exist" do
  attempt { consumer("allow.auto.create.topics": false).metadata(unique("missing"), 10_000) }
end

scenario "producing and consuming" do
  topic = new_topic
  reports = publish(topic, { payload: "p", key: "k", headers: { a: %w[b c] }, timestamp: 1_505_069_646_353 }, nil.to_s)
  reports.each { |report| report.instance_variable_set(:@broker_id, report.broker_id.class) }
  [reports, consume(consumer_of(topic), 1).first]
end

scenario "a group" do
  topic = new_topic(partitions: 2)
  publish(topic, "a", "b")
  group = unique("joined")
  heard = []
  listener = Class.new do
    define_method(:on_partitions_assigned) { |list| heard << [:assigned, list] }
    define_method(:on_partitions_revoked) { |list| heard << [:revoked, list] }
  end.new
  client = consumer(listener: listener, "group.id": group)
  client.subscribe(topic)
  got = consume(client, 2).map(&:payload)
  client.close
  [got, heard, consumer("group.id": group).committed(list(topic => { 0 => nil, 1 => nil }), 10_000)]
end

scenario "a group of the new protocol" do
  topic = new_topic
  publish(topic, "a")
  client = member
  client.subscribe(topic)
  [consume(client, 1).map(&:payload), client.assignment, client.member_id.empty?]
end

scenario "offsets and watermarks" do
  topic = new_topic
  publish(topic, { payload: "a", timestamp: 1_000_000 }, { payload: "b", timestamp: 2_000_000 })
  client = consumer
  request = %i[earliest latest max_timestamp].map { |place| { partition: 0, offset: place } }
  [
    client.query_watermark_offsets(topic, 0, 10_000), client.lag(list(topic => { 0 => 1 }), 10_000),
    client.offsets_for_times(list(topic => { 0 => 1_000_001 }), 10_000),
    request.map { |entry| client.list_offsets({ topic => [entry] }).wait },
    client.list_offsets({ topic => [{ partition: 0, offset: 1_500_000 }] }).wait,
    client.list_offsets({ topic => [{ partition: 0, offset: 9_999_999_999_999 }] }).wait
  ]
end

scenario "a message that is too large for the topic" do
  name = deleting(unique("small"))
  admin.create_topic(name, 1, 1, { "max.message.bytes" => 500 }).wait
  handle = eventually { producer.produce(topic: name, payload: "x" * 5_000, partition: 0) }
  [attempt { handle.wait }, handle.wait(raise_response_error: false).status]
end

scenario "the cluster's id" do
  client = consumer
  [client.cluster_id(10_000).encoding.name, client.cluster_id(10_000).size]
end
