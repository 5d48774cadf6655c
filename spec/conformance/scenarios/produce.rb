# frozen_string_literal: true

# What can be produced, and how it comes back.

{
  "a payload" => { payload: "p" },
  "nothing" => {},
  "an empty payload" => { payload: "" },
  "a tombstone" => { payload: nil, key: "k" },
  "a key" => { payload: "p", key: "k" },
  "an empty key" => { payload: "p", key: "" },
  "bytes" => { payload: "\x00\xFF\x00".b, key: "\x00k".b },
  "text that is not ASCII" => { payload: "é日本", key: "ключ" },
  "UTF-16" => { payload: "é".encode("UTF-16LE") },
  "a large payload" => { payload: "x" * 500_000 },
  "a timestamp in milliseconds" => { payload: "p", timestamp: 1_505_069_646_353 },
  "a timestamp as a Time" => { payload: "p", timestamp: Time.at(1_505_069_646, 353_999) },
  "a timestamp of long ago" => { payload: "p", timestamp: Time.at(1) },
  "a header" => { payload: "p", headers: { "a" => "b" } },
  "headers named by Symbols and Strings" => { payload: "p", headers: { a: "b", "c" => "d" } },
  "headers that are no text" => { payload: "p", headers: { 1 => 2, nil => 3, "s" => :t, "f" => 1.5 } },
  "a header without a value" => { payload: "p", headers: { "a" => nil } },
  "an empty header" => { payload: "p", headers: { "a" => "", "" => "b" } },
  "several headers of a name" => { payload: "p", headers: { "a" => %w[b c], "d" => "e" } },
  "several headers, nil and numbers among them" => { payload: "p", headers: { "a" => ["b", nil, 3] } },
  "a header with an empty Array" => { payload: "p", headers: { "a" => [], "b" => "c" } },
  "a header with an Array of one" => { payload: "p", headers: { "a" => ["b"] } },
  "headers as pairs" => { payload: "p", headers: [%w[a b], %w[a c]] },
  "no headers" => { payload: "p", headers: {} },
  "nil for headers" => { payload: "p", headers: nil },
  "false for what may be left out" => { payload: "p", headers: false, partition: false, label: false },
  "headers of bytes" => { payload: "p", headers: { "é" => "\xFF\x00".b } },
  "a header value with an embedded NUL" => { payload: "p", headers: { "a" => "b\0c" } }
}.each do |what, message|
  scenario "producing #{what}" do
    topic = new_topic
    report, = publish(topic, message)
    # The clock decides about these.
    got = message_of(topic)
    got.instance_variable_set(:@timestamp, got.timestamp.class) unless message[:timestamp]
    [report, got, message[:timestamp] ? got.to_s : nil]
  end
end

{
  "a payload that is no String" => { payload: 1 },
  "a payload that is a Symbol" => { payload: :p },
  "a payload that is an Array" => { payload: ["p"] },
  "a key that is no String" => { key: 1 },
  "a topic that is a Symbol" => { topic: :t },
  "a topic that is nil" => { topic: nil },
  "a topic that is a number" => { topic: 1 },
  "a topic with an embedded NUL" => { topic: "a\0b" },
  "a partition that is text" => { partition: "0" },
  "a partition that is a Float" => { partition: 0.9 },
  "a partition that is out of range" => { partition: 2**31 },
  "a timestamp that is text" => { timestamp: "now" },
  "a timestamp that is a Float" => { timestamp: 1.5 },
  "headers that are a number" => { headers: 1 },
  "headers that are text" => { headers: "a" },
  "a header name with an embedded NUL" => { headers: { "a\0b" => "c" } },
  "a topic_config that is nil" => { topic_config: nil },
  "a topic_config that is text" => { topic_config: "acks=1" },
  "an unknown argument" => { topics: "t" }
}.each do |what, message|
  scenario "refusing #{what}" do
    client = unreachable_producer
    before = Rdkafka::AbstractHandle::REGISTRY.size
    raised = refusal { client.produce(topic: "t", payload: "p", **message) }
    [raised.is_a?(Class) ? raised : raised.class, Rdkafka::AbstractHandle::REGISTRY.size - before]
  end
end

scenario "refusing a timestamp, in words" do
  client = unreachable_producer
  ["now", 1.5, :now].map { |timestamp| attempt { client.produce(topic: "t", timestamp: timestamp) } }
end

scenario "producing without a topic" do
  attempt { unreachable_producer.produce(payload: "p") }
end

scenario "a topic option that is refused" do
  client = unreachable_producer
  [
    attempt { client.produce(topic: "t", topic_config: { "no.such.option": 1 }) },
    attempt { client.produce(topic: "t", topic_config: { acks: "many" }) },
    attempt { client.produce(topic: "t", topic_config: { acks: nil }) }
  ]
end

scenario "a topic name that is too long" do
  attempt { unreachable_producer.produce(topic: "t" * 600, payload: "p", topic_config: { acks: 1 }) }
end

scenario "a message that is too large" do
  [
    attempt { unreachable_producer.produce(topic: "t", payload: "x" * 2_000_000) },
    attempt { unreachable_producer("message.max.bytes": 1_000).produce(topic: "t", payload: "x" * 1_500) }
  ]
end

scenario "a queue that is full" do
  client = unreachable_producer("queue.buffering.max.messages": 2)
  Array.new(3) { attempt { client.produce(topic: "t", payload: "p") } }.map do |outcome|
    outcome.is_a?(Exception) ? outcome : outcome.class
  end
end

scenario "a partition outside of a topic that is known" do
  topic = new_topic(partitions: 2)
  client = producer
  client.produce(topic: topic, payload: "p", partition: 1).wait
  [2, -5, -1].map do |partition|
    made = attempt { client.produce(topic: topic, payload: "p", partition: partition) }
    made.is_a?(Exception) ? made : made.wait.error
  end
end

scenario "a partition outside of a topic that is not known yet" do
  topic = new_topic
  attempt { producer("message.timeout.ms": 3_000).produce(topic: topic, payload: "p", partition: 5).wait }
end

scenario "a topic option that makes one message fail" do
  client = unreachable_producer
  handle = client.produce(topic: "t", payload: "p", topic_config: { "message.timeout.ms": 1 })
  other = client.produce(topic: "u", payload: "p")
  [attempt { handle.wait }, other.pending?]
end

scenario "topic options by text and Symbol" do
  topic = new_topic
  client = producer
  [{ acks: 1 }, { "acks" => "all", "compression.codec" => :gzip }].map do |options|
    client.produce(topic: topic, payload: "p", partition: 0, topic_config: options).wait.offset
  end
end

scenario "a topic that does not exist is made" do
  name = unique("made")
  producer.produce(topic: name, payload: "p", partition: 0).wait
end

scenario "a topic of odd characters" do
  attempt { producer("message.timeout.ms": 3_000).produce(topic: "a b/c", payload: "p").wait }.then do |outcome|
    outcome.is_a?(Exception) ? outcome : outcome.error
  end
end

scenario "the arguments are copied" do
  topic = new_topic
  payload = +"payload"
  key = +"key"
  value = +"value"
  client = producer("linger.ms": 100)
  handle = client.produce(topic: topic, payload: payload, key: key, headers: { "h" => value }, partition: 0)
  [payload, key, value].each { |text| text.replace("changed") }
  handle.wait
  message_of(topic).then { |message| [message.payload, message.key, message.headers] }
end

scenario "a header whose to_s raises leaves nothing behind" do
  bad = Object.new
  def bad.to_s = raise(ArgumentError, "no text")
  client = unreachable_producer
  before = Rdkafka::AbstractHandle::REGISTRY.size
  raised = attempt { client.produce(topic: "t", payload: "p", headers: { "a" => bad }) }
  [raised, Rdkafka::AbstractHandle::REGISTRY.size - before]
end

scenario "keys decide about partitions" do
  topic = new_topic(partitions: 3)
  client = producer
  ["key", "key timestamp", "key utf8", "key-forked"].map do |key|
    client.produce(topic: topic, payload: "p", key: key).wait.partition
  end
end

scenario "set_topic_config" do
  client = unreachable_producer
  client.set_topic_config("t", { acks: 1 }, 77)
  client.set_topic_config("t", { "no.such.option": 1 }, 77)
  [
    attempt { client.set_topic_config("t", { "no.such.option": 1 }, 78) },
    attempt { client.set_topic_config("x" * 600, { acks: 1 }, 79) }
  ]
end

scenario "compression" do
  topic = new_topic
  %w[none gzip snappy lz4 zstd].each do |codec|
    client = producer("compression.codec": codec)
    client.produce(topic: topic, payload: codec * 100, partition: 0).wait
  end
  consume(consumer_of(topic), 5).map(&:payload).map { |payload| payload[0, 8] }
end

scenario "acks 0" do
  topic = new_topic
  producer(acks: 0).produce(topic: topic, payload: "p", partition: 0).wait
end

scenario "idempotence" do
  topic = new_topic
  client = producer("enable.idempotence": true)
  Array.new(3) { client.produce(topic: topic, payload: "p", partition: 0) }.map { |handle| handle.wait.offset }
end

scenario "produce is given one label per message" do
  client = unreachable_producer
  label = Object.new
  handle = client.produce(topic: "t", payload: "p", label: label)
  [handle.label.equal?(label), client.produce(topic: "t", payload: "p").label, handle.topic]
end

scenario "the topic of a handle is the given String" do
  name = +"some-topic"
  handle = unreachable_producer.produce(topic: name, payload: "p")
  [handle.topic.equal?(name), handle.topic.frozen?]
end
