# frozen_string_literal: true

# Committing, positions, watermarks, lag, offsets by time.

part = Rdkafka::Consumer::Partition

scenario "committing a list" do
  topic = new_topic
  client = consumer_of(topic)
  [client.commit(list(topic => { 0 => 1 })), client.committed(nil, 10_000),
   client.committed(list(topic => { 0 => nil }), 10_000)]
end

scenario "committing with metadata" do
  topic = new_topic
  client = consumer_of(topic)
  made = Rdkafka::Consumer::TopicPartitionList.new(topic => [part.new(0, 5, 0, "méta")])
  client.commit(made)
  client.committed(nil, 10_000)
end

scenario "committing with an empty metadata" do
  topic = new_topic
  client = consumer_of(topic)
  client.commit(Rdkafka::Consumer::TopicPartitionList.new(topic => [part.new(0, 5, 0, "")]))
  client.committed(nil, 10_000)
end

scenario "committing with metadata that is no String" do
  topic = new_topic
  client = consumer_of(topic)
  [5, :m, ["m"]].map do |metadata|
    refusal { client.commit(Rdkafka::Consumer::TopicPartitionList.new(topic => [part.new(0, 5, 0, metadata)])) }
  end
end

scenario "committing partitions that have no metadata" do
  topic = new_topic
  client = consumer_of(topic)
  plain = Data.define(:partition, :offset).new(0, 7)
  [attempt do
    client.commit(Rdkafka::Consumer::TopicPartitionList.new(topic => [plain]))
  end, client.committed(nil, 10_000)]
end

scenario "committing asynchronously" do
  topic = new_topic
  client = consumer_of(topic)
  returned = client.commit(list(topic => { 0 => 3 }), true)
  [returned, eventually { client.committed(nil, 10_000).to_h[topic].first.offset }]
end

scenario "committing when nothing is stored" do
  client = consumer_of(new_topic)
  [attempt { client.commit }, attempt { client.commit(nil, true) }]
end

scenario "committing what is no list" do
  client = consumer
  [attempt { client.commit("t") }, attempt { client.commit({}) }, attempt { client.commit(5) }]
end

scenario "committing an empty list" do
  client = consumer_of(new_topic)
  attempt { client.commit(list({})) }
end

scenario "committing without a group" do
  client = opened(config.consumer)
  attempt { client.commit(list("t" => { 0 => 1 })) }
end

scenario "committing offsets that make no sense" do
  topic = new_topic
  client = consumer_of(topic)
  [
    refusal { client.commit(list(topic => { 0 => "5" })) }, attempt { client.commit(list(topic => { 0 => -5 })) },
    attempt { client.commit(list(topic => { 0 => nil })) }
  ]
end

scenario "storing an offset, then committing" do
  topic = new_topic
  publish(topic, "a", "b")
  client = consumer_of(topic, "enable.auto.offset.store": false)
  message = consume(client, 2).first
  [
    client.store_offset(message, "meta"), client.commit, client.committed(nil, 10_000),
    client.store_offset(place(topic, 0, 1)), client.commit, client.committed
  ]
end

scenario "storing an offset with false for metadata" do
  topic = new_topic
  publish(topic, "a")
  client = consumer_of(topic, "enable.auto.offset.store": false)
  [client.store_offset(consume(client, 1).first, false), client.commit, client.committed]
end

scenario "storing an offset that is stored automatically" do
  topic = new_topic
  publish(topic, "a")
  client = consumer_of(topic)
  attempt { client.store_offset(consume(client, 1).first) }
end

scenario "storing an offset of what is not assigned" do
  client = consumer("enable.auto.offset.store": false)
  [attempt { client.store_offset(place("t", 0, 1)) }, attempt { client.store_offset(place(new_topic, 0, 1)) }]
end

scenario "storing an offset of what is no message" do
  client = consumer_of(new_topic, "enable.auto.offset.store": false)
  [
    refusal { client.store_offset(nil) }, refusal { client.store_offset(place(:t, 0, 1)) },
    refusal { client.store_offset(place("t", 0, "1")) }, refusal { client.store_offset(place("t", 0, 1), 5) }
  ].map { |outcome| outcome.is_a?(Exception) ? outcome.class : outcome }
end

scenario "automatically stored offsets are committed" do
  topic = new_topic
  publish(topic, "a", "b")
  client = consumer_of(topic)
  consume(client, 2)
  [client.commit, client.committed(nil, 10_000)]
end

scenario "what is committed is where a group goes on" do
  topic = new_topic
  publish(topic, "a", "b", "c")
  group = unique("resumed")
  first = consumer_of(topic, { 0 => 0 }, "group.id": group)
  first.commit(list(topic => { 0 => 2 }))
  first.close
  second = consumer("group.id": group)
  second.assign(list(topic => { 0 => nil }))
  consume(second, 1).first.payload
end

scenario "nothing is committed" do
  topic = new_topic(partitions: 2)
  client = consumer
  [client.committed(list(topic => { 0 => nil, 1 => 5 }), 10_000), client.committed(list({})),
   client.committed(nil, 10_000)]
end

scenario "asking for what is committed by keyword" do
  attempt { consumer.committed(timeout_ms: 10) }
end

scenario "asking for what is committed with what is no list" do
  attempt { consumer.committed("t") }
end

scenario "asking for what is committed without a broker" do
  client = consumer("bootstrap.servers": "127.0.0.1:1")
  attempt { client.committed(list("t" => { 0 => nil }), 50) }
end

scenario "positions" do
  topic = new_topic(partitions: 2)
  publish(topic, "a", "b")
  client = consumer_of(topic, { 0 => 0, 1 => 0 })
  before = client.position
  consume(client, 2)
  [before, client.position, client.position(list(topic => { 1 => nil }))]
end

scenario "positions of what is not assigned, or no list" do
  client = consumer
  [attempt { client.position(list("t" => { 0 => nil })) }, attempt { client.position("t") }, client.position]
end

scenario "watermarks" do
  topic = new_topic
  client = consumer
  empty = client.query_watermark_offsets(topic, 0, 10_000)
  publish(topic, "a", "b")
  [empty, client.query_watermark_offsets(topic, 0)]
end

scenario "watermarks of what does not exist" do
  topic = new_topic
  client = consumer
  [attempt { client.query_watermark_offsets(topic, 9, 10_000) }, attempt do
    client.query_watermark_offsets(topic, -1, 300)
  end]
end

scenario "watermarks without a broker" do
  attempt { consumer("bootstrap.servers": "127.0.0.1:1").query_watermark_offsets("t", 0, 50) }
end

scenario "watermarks with arguments of the wrong kind" do
  client = consumer
  [[:t, 0], ["t", "0"], ["t", nil], ["t", 0, "1"], ["a\0b", 0, 10]].map do |arguments|
    refusal { client.query_watermark_offsets(*arguments) }.then { _1.is_a?(Exception) ? _1.class : _1 }
  end
end

scenario "lag" do
  topic = new_topic(partitions: 2)
  publish(topic, "a", "b", "c")
  consumer.lag(list(topic => { 0 => 1, 1 => 0 }), 10_000)
end

scenario "lag of what is behind the end" do
  topic = new_topic
  consumer.lag(list(topic => { 0 => 5 }), 10_000)
end

scenario "lag of partitions without offsets" do
  client = consumer
  topic = new_topic
  [client.lag(list(topic => { 0 => nil })), client.lag(list({})), client.lag(nil), client.lag({ topic => [] })]
end

scenario "lag of a topic without partitions" do
  made = Rdkafka::Consumer::TopicPartitionList.new
  made.add_topic("t")
  refusal { consumer.lag(made) }
end

scenario "lag of a partition that does not exist" do
  topic = new_topic
  attempt { consumer.lag(list(topic => { 9 => 0 }), 10_000) }
end

scenario "lag without a broker" do
  attempt { consumer("bootstrap.servers": "127.0.0.1:1").lag(list("a" => { 0 => 0 }, "b" => { 0 => 1 }), 50) }
end

scenario "lag asks once, with the isolation level" do
  topic = new_topic
  %w[read_committed read_uncommitted].map do |level|
    client = consumer("isolation.level": level)
    asked = []
    client.define_singleton_method(:list_offsets) do |request, isolation_level: nil|
      asked << [request, isolation_level]
      super(request, isolation_level: isolation_level)
    end
    [client.lag(list(topic => { 0 => 0 }), 10_000), asked]
  end
end

scenario "offsets by time" do
  topic = new_topic
  publish(topic, { payload: "a", timestamp: 1_000_000 }, { payload: "b", timestamp: 2_000_000 })
  client = consumer
  [0, 1_000_001, Time.at(2_000), Time.at(99_999), 1_000_000.9].map do |time|
    client.offsets_for_times(list(topic => { 0 => time }), 10_000).to_h[topic]
  end
end

scenario "offsets by time of what is no list, or no time" do
  client = consumer
  [
    attempt { client.offsets_for_times("t") }, attempt { client.offsets_for_times(nil) },
    refusal { client.offsets_for_times(list(new_topic => { 0 => "now" })) }
  ]
end

scenario "offsets by time without a broker" do
  attempt { consumer("bootstrap.servers": "127.0.0.1:1").offsets_for_times(list("t" => { 0 => 5 }), 50) }
end

scenario "offsets by time of an unknown partition" do
  topic = new_topic
  attempt { consumer.offsets_for_times(list(topic => { 9 => 5 }), 10_000) }
end

%i[consumer admin].each do |kind|
  scenario "list_offsets of a #{kind}" do
    topic = new_topic
    publish(topic, "a", "b")
    client = public_send(kind)
    %i[earliest latest].map do |place|
      client.list_offsets({ topic => [{ partition: 0, offset: place }] }).wait(max_wait_timeout_ms: 10_000)
    end
  end

  scenario "list_offsets of a #{kind}, specifications that make no sense" do
    client = public_send(kind)
    [:soon, nil, 1.5, "1"].map do |offset|
      attempt { client.list_offsets({ "t" => [{ partition: 0, offset: offset }] }) }
    end
  end

  scenario "list_offsets of a #{kind}, keys that are missing" do
    client = public_send(kind)
    [attempt { client.list_offsets({ "t" => [{ partition: 0 }] }) },
     attempt { client.list_offsets({ "t" => [{ offset: :latest }] }) }]
  end
end

scenario "list_offsets of nothing" do
  consumer.list_offsets({}).wait(max_wait_timeout_ms: 10_000)
end

scenario "list_offsets without braces" do
  refusal { admin.list_offsets("t" => [{ partition: 0, offset: :latest }]) }
end

scenario "list_offsets of a partition that does not exist" do
  topic = new_topic
  handle = admin.list_offsets({ topic => [{ partition: 9, offset: :latest }] })
  [
    attempt { handle.wait(max_wait_timeout_ms: 10_000) }, handle.wait(raise_response_error: false), handle[:response],
    handle.pending?, handle.operation_name
  ]
end

scenario "list_offsets with isolation levels" do
  topic = new_topic
  client = admin
  request = { topic => [{ partition: 0, offset: :latest }] }
  [0, 1, nil].map { |level| client.list_offsets(request, isolation_level: level).wait.offsets.first[:offset] } <<
    refusal { client.list_offsets(request, isolation_level: "1") }
end

scenario "list_offsets gives the same report each time" do
  topic = new_topic
  handle = admin.list_offsets({ topic => [{ partition: 0, offset: :latest }] })
  [handle.wait.equal?(handle.wait), handle.class, registered?(handle)]
end
