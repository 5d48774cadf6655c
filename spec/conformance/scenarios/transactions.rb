# frozen_string_literal: true

# Transactions of a producer.

transactional = ->(world, **options) { world.producer("transactional.id": world.unique("id"), **options) }

scenario "the methods" do
  signatures(Rdkafka::Producer, :init_transactions, :begin_transaction, :commit_transaction, :abort_transaction,
    :send_offsets_to_transaction)
end

scenario "a transaction that is committed" do
  topic = new_topic
  client = transactional.call(self)
  returned = [client.init_transactions, client.begin_transaction]
  handles = %w[a b].map { |payload| client.produce(topic: topic, payload: payload, partition: 0) }
  returned << client.commit_transaction
  [returned, handles.map { |handle| [handle.pending?, handle.wait.offset] }]
end

scenario "a transaction that is aborted" do
  topic = new_topic
  client = transactional.call(self)
  client.init_transactions
  client.begin_transaction
  client.produce(topic: topic, payload: "a", partition: 0).wait
  client.abort_transaction
end

scenario "messages that an aborted transaction has not sent" do
  topic = new_topic
  client = transactional.call(self, "linger.ms": 10_000)
  client.init_transactions
  client.begin_transaction
  handle = client.produce(topic: topic, payload: "a", partition: 0)
  [client.abort_transaction, attempt { handle.wait }]
end

scenario "one transaction after the other" do
  topic = new_topic
  client = transactional.call(self)
  client.init_transactions
  Array.new(3) do |number|
    client.begin_transaction
    client.produce(topic: topic, payload: number.to_s, partition: 0)
    number == 1 ? client.abort_transaction(10_000) : client.commit_transaction(10_000)
  end
end

scenario "an empty transaction" do
  client = transactional.call(self)
  client.init_transactions
  [client.begin_transaction, client.commit_transaction, client.begin_transaction, client.abort_transaction]
end

scenario "calls in the wrong order" do
  client = transactional.call(self)
  before = [
    attempt { client.begin_transaction }, attempt { client.commit_transaction }, attempt { client.abort_transaction },
    attempt { client.produce(topic: "t", payload: "p") }
  ]
  client.init_transactions
  after = [
    attempt { client.commit_transaction }, attempt { client.abort_transaction },
    attempt { client.produce(topic: "t", payload: "p") }
  ]
  client.begin_transaction
  [before, after, attempt { client.begin_transaction }, attempt { client.init_transactions }]
end

scenario "a producer without transactions" do
  client = producer
  [
    attempt { client.init_transactions }, attempt { client.begin_transaction }, attempt { client.commit_transaction },
    attempt { client.abort_transaction }
  ]
end

scenario "timeouts of the wrong kind" do
  client = transactional.call(self)
  client.init_transactions
  client.begin_transaction
  [nil, "1"].flat_map do |timeout|
    [refusal { client.commit_transaction(timeout) }, refusal do
      client.abort_transaction(timeout)
    end]
  end
end

scenario "offsets of a consumer" do
  topic = new_topic
  group = unique("offsets")
  client = transactional.call(self)
  reader = consumer_of(topic, { 0 => 0 }, "group.id": group)
  client.init_transactions
  client.begin_transaction
  client.produce(topic: topic, payload: "a", partition: 0)
  sent = client.send_offsets_to_transaction(reader, list(topic => { 0 => 7 }), 10_000)
  [sent, client.commit_transaction]
end

scenario "no offsets of a consumer" do
  client = transactional.call(self)
  reader = consumer
  empty = client.send_offsets_to_transaction(reader, list({}))
  reader.close
  [empty, attempt { client.send_offsets_to_transaction(reader, list("t" => { 0 => 1 })) },
   attempt { client.send_offsets_to_transaction(reader, list({})) }]
end

scenario "offsets outside of a transaction" do
  client = transactional.call(self)
  reader = consumer
  before = attempt { client.send_offsets_to_transaction(reader, list("t" => { 0 => 1 })) }
  client.init_transactions
  [before, attempt { client.send_offsets_to_transaction(reader, list("t" => { 0 => 1 })) }]
end

scenario "offsets of what is no list, or no consumer" do
  client = transactional.call(self)
  client.init_transactions
  client.begin_transaction
  [
    refusal { client.send_offsets_to_transaction(consumer, nil) }, refusal do
                                                                     client.send_offsets_to_transaction(consumer, "t")
                                                                   end,
    refusal { client.send_offsets_to_transaction(nil, list("t" => { 0 => 1 })) }
  ]
end

scenario "a closed producer" do
  client = transactional.call(self)
  client.close
  [
    attempt { client.init_transactions }, attempt { client.begin_transaction }, attempt { client.commit_transaction },
    attempt { client.abort_transaction }, attempt { client.send_offsets_to_transaction(nil, nil) }
  ]
end

scenario "a coordinator that refuses" do
  topic = new_topic
  client = transactional.call(self)
  client.init_transactions
  client.begin_transaction
  client.produce(topic: topic, payload: "a", partition: 0).wait
  cluster.push_errors(:EndTxn, 48)
  [attempt { client.commit_transaction(10_000) }, attempt { client.abort_transaction(10_000) }]
    .map { |error| [error.class, error.code, error.fatal?, error.abortable?] }
end

scenario "a message whose error asks for an abort" do
  topic = new_topic
  client = transactional.call(self)
  client.init_transactions
  client.begin_transaction
  cluster.push_errors(:Produce, 10)
  failed = attempt { client.produce(topic: topic, payload: "a", partition: 0).wait }
  [failed, attempt { client.commit_transaction(10_000) }, client.abort_transaction(10_000), client.begin_transaction]
end

# librdkafka has two texts for the same, depending on which of its threads comes first.
without_text = ->(error) { error.is_a?(Rdkafka::RdkafkaError) ? [error.class, error.code, error.fatal?] : error }

scenario "a producer that is fenced" do
  topic = new_topic
  client = transactional.call(self)
  client.init_transactions
  client.begin_transaction
  client.produce(topic: topic, payload: "a", partition: 0).wait
  cluster.push_errors(:EndTxn, 47)
  [
    attempt { client.commit_transaction(10_000) }, attempt { client.begin_transaction },
    attempt { client.produce(topic: topic, payload: "b") }
  ].map(&without_text)
end

scenario "transactions without a broker" do
  client = transactional.call(self, "bootstrap.servers": "127.0.0.1:1")
  attempt { client.commit_transaction(100) }
end
