# frozen_string_literal: true

# What readers see of transactions: the embedded brokers do not keep aborted messages from them.
on_kafka

# Payloads, to the end of the partition.
payloads = lambda do |world, topic, level|
  client = world.consumer_of(topic, "isolation.level": level, "enable.partition.eof": true)
  got = []
  world.eventually do
    client.poll(100).then { |message| got << message.payload if message }
    false
  rescue Rdkafka::RdkafkaError => e
    e.is_partition_eof? || raise
  end
  got
end

scenario "what readers see of committed and aborted transactions" do
  topic = new_topic
  client = producer("transactional.id": unique("id"))
  client.init_transactions
  %w[a b c].each do |payload|
    client.begin_transaction
    client.produce(topic: topic, payload: payload, partition: 0).wait
    payload == "b" ? client.abort_transaction : client.commit_transaction
  end
  %w[read_committed read_uncommitted].map { |level| payloads.call(self, topic, level) }
end

scenario "lag with an open transaction" do
  topic = new_topic
  client = producer("transactional.id": unique("id"))
  client.init_transactions
  client.begin_transaction
  client.produce(topic: topic, payload: "a", partition: 0).wait
  seen = %w[read_committed read_uncommitted].map do |level|
    consumer("isolation.level": level).lag(list(topic => { 0 => 0 }), 10_000)
  end
  client.abort_transaction
  seen
end

scenario "offsets that are committed in a transaction" do
  topic = new_topic
  group = unique("offsets")
  client = producer("transactional.id": unique("id"))
  client.init_transactions
  client.begin_transaction
  reader = consumer("group.id": group)
  sent = client.send_offsets_to_transaction(reader, list(topic => { 0 => 7 }), 10_000)
  # Offsets of an open transaction are waited for.
  before = attempt { reader.committed(list(topic => { 0 => nil }), 500) }
  client.commit_transaction
  [sent, before, eventually { reader.committed(list(topic => { 0 => nil }), 10_000).to_h[topic].first.offset }]
end

# librdkafka has two texts for the same, depending on which of its threads comes first.
without_text = ->(error) { error.is_a?(Rdkafka::RdkafkaError) ? [error.class, error.code, error.fatal?] : error }

scenario "a producer that is fenced by another" do
  topic = new_topic
  id = unique("id")
  first, second = Array.new(2) { producer("transactional.id": id) }
  first.init_transactions
  first.begin_transaction
  first.produce(topic: topic, payload: "a", partition: 0).wait
  second.init_transactions
  [attempt { first.commit_transaction }, attempt { first.begin_transaction }].map(&without_text)
end
