# frozen_string_literal: true

# Which partition a partition_key leads to.

keys = ["", "a", "abc", "key", "ключ", "é", "éé", "ééé日本", "\xFF\x00\xFE".b, "éé".b, "x" * 300, "a b\n"]

%w[consistent murmur2 fnv1a].each do |name|
  scenario "#{name} over a topic of 7" do
    topic = new_topic(partitions: 7)
    client = producer(partitioner: name)
    keys.map { |key| client.produce(topic: topic, payload: "p", partition_key: key).wait.partition }
  end

  scenario "#{name} over a topic of 7, whole keys" do
    Rdkafka::Config.partitioner_key_uses_bytesize = true
    topic = new_topic(partitions: 7)
    client = producer(partitioner: name)
    keys.map { |key| client.produce(topic: topic, payload: "p", partition_key: key).wait.partition }
  end
end

%w[consistent_random murmur2_random fnv1a_random].each do |name|
  scenario "#{name} over a topic of 7, keys that are not empty" do
    topic = new_topic(partitions: 7)
    client = producer(partitioner: name)
    keys.drop(1).map { |key| client.produce(topic: topic, payload: "p", partition_key: key).wait.partition }
  end
end

scenario "random and empty keys stay within the topic" do
  topic = new_topic(partitions: 2)
  client = producer
  %w[random consistent_random murmur2_random fnv1a_random].map do |name|
    client.produce(topic: topic, payload: "p", partition_key: "", partitioner: name).wait.partition.between?(0, 1)
  end
end

scenario "large topics" do
  Rdkafka::Producer.partitions_count_cache.set("large", 1_000)
  client = unreachable_producer
  %w[consistent murmur2 fnv1a].map do |name|
    %w[é éé ééé日本 abc].map do |key|
      handle = client.produce(topic: "large", payload: "p", partition_key: key, partitioner: name)
      client.purge
      handle.wait(raise_response_error: false).partition
    end
  end
end

scenario "switching whole keys on and off for a producer" do
  topic = new_topic(partitions: 7)
  client = producer(partitioner: "murmur2")
  [false, true, false].map do |bytes|
    Rdkafka::Config.partitioner_key_uses_bytesize = bytes
    %w[éé abc].map { |key| client.produce(topic: topic, payload: "p", partition_key: key).wait.partition }
  end
end

scenario "the partition_key decides, not the partition, and not the key" do
  topic = new_topic(partitions: 7)
  client = producer(partitioner: "murmur2")
  report = client.produce(topic: topic, payload: "p", key: "other", partition: 0, partition_key: "abc").wait
  [report.partition, consume(consumer_of(topic, { report.partition => 0 }), 1).first.key]
end

scenario "a partition_key is no key" do
  topic = new_topic(partitions: 7)
  report = producer.produce(topic: topic, payload: "p", partition_key: "abc").wait
  consume(consumer_of(topic, { report.partition => 0 }), 1).first.key
end

scenario "a partition_key for a topic that nobody knows" do
  name = unique("unknown")
  client = producer
  cluster.push_errors(:Metadata, 3)
  client.produce(topic: name, payload: "p", partition_key: "abc", partition: 0).wait.partition
end

scenario "the partitioner: producer, message, topic options" do
  topic = new_topic(partitions: 7)
  client = producer(partitioner: "murmur2")
  string = producer("partitioner" => "fnv1a")
  [
    client.produce(topic: topic, payload: "p", partition_key: "key"),
    client.produce(topic: topic, payload: "p", partition_key: "key", partitioner: "fnv1a"),
    client.produce(topic: topic, payload: "p", partition_key: "key", partitioner: "fnv1a",
      topic_config: { partitioner: "consistent" }),
    client.produce(topic: topic, payload: "p", partition_key: "key", topic_config: { "partitioner" => "consistent" }),
    string.produce(topic: topic, payload: "p", partition_key: "key")
  ].map { |handle| handle.wait.partition }
end

["best", "", :best, :murmur2, nil].each do |name|
  scenario "a partitioner called #{name.inspect}" do
    topic = new_topic(partitions: 2)
    client = producer
    [
      attempt { client.produce(topic: topic, payload: "p", partition_key: "k", partitioner: name) },
      client.produce(topic: topic, payload: "p", partition: 1, partitioner: name).wait.partition
    ]
  end
end

scenario "a partition_key that is nil" do
  topic = new_topic(partitions: 2)
  producer.produce(topic: topic, payload: "p", partition: 1, partition_key: nil).wait.partition
end

scenario "a partition_key that is no String" do
  topic = new_topic(partitions: 2)
  client = producer
  [1, :abc, ["a"]].map { |key| refusal { client.produce(topic: topic, payload: "p", partition_key: key) } }
end

scenario "a partition_key that is false" do
  topic = new_topic(partitions: 2)
  producer.produce(topic: topic, payload: "p", partition: 1, partition_key: false).wait.partition
end

scenario "counting partitions" do
  topic = new_topic(partitions: 3)
  client = producer
  [client.partition_count(topic), client.partition_count(topic), refusal { client.partition_count(:t) }]
end

scenario "counting the partitions of an unknown topic" do
  cluster.push_errors(:Metadata, 3)
  client = producer("allow.auto.create.topics": false)
  client.partition_count(unique("unknown"))
end

scenario "counting partitions without a broker" do
  attempt { unreachable_producer.partition_count("t") }
end

scenario "Bindings.partitioner" do
  %w[consistent consistent_random murmur2 murmur2_random fnv1a fnv1a_random].map do |name|
    keys.drop(1).map { |key| Rdkafka::Bindings.partitioner(nil, key, 7, name) }
  end
end

scenario "Bindings.partitioner with the default, over whole keys, and without partitions" do
  before = keys.drop(1).map { |key| Rdkafka::Bindings.partitioner(nil, key, 7) }
  Rdkafka::Config.partitioner_key_uses_bytesize = true
  [before, keys.drop(1).map { |key| Rdkafka::Bindings.partitioner(nil, key, 7) }] +
    [0, nil].map { |count| Rdkafka::Bindings.partitioner(nil, "abc", count) }
end

scenario "Bindings.partitioner with names that nobody knows" do
  ["best", "", :murmur2, nil].map { |name| attempt { Rdkafka::Bindings.partitioner(nil, "abc", 7, name) } }
end

scenario "Bindings.rd_kafka_err2str and rd_kafka_err2name" do
  [-195, -150, 0, 3, 1.5, 9_999, -9_999].map do |code|
    [Rdkafka::Bindings.rd_kafka_err2str(code), Rdkafka::Bindings.rd_kafka_err2name(code)]
  end
end

scenario "Bindings.rd_kafka_err2name of what is no code" do
  [nil, "1", 2**31, Object.new].map { |code| refusal { Rdkafka::Bindings.rd_kafka_err2name(code) } }
end
