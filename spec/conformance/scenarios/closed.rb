# frozen_string_literal: true

# What closed clients answer.

list = Rdkafka::Consumer::TopicPartitionList.new
message = Data.define(:topic, :partition, :offset).new("t", 0, 0)
token = { token: "t", lifetime_ms: 1, principal_name: "p" }

{
  subscribe: ["t"], unsubscribe: [], pause: [list], resume: [list], subscription: [], assign: [list], assignment: [],
  assignment_lost?: [], committed: [], position: [], query_watermark_offsets: ["t", 0], lag: [list],
  list_offsets: [{}], cluster_id: [], member_id: [], store_offset: [message], seek: [message], seek_by: ["t", 0, 0],
  offsets_for_times: [list], commit: [], poll: [0], poll_nb: [], poll_batch: [0], poll_batch_nb: [], poll_nb_each: [],
  events_poll_nb_each: [], events_poll: [], events_poll_nb: [], metadata: [], start: [], name: [],
  enable_queue_io_events: [1], enable_background_queue_io_events: [1], each: [], close: [], closed?: [],
  oauthbearer_set_token_failure: ["no"]
}.each do |method, arguments|
  scenario "#{method} of a closed consumer" do
    client = consumer
    client.close
    attempt { client.public_send(method, *arguments) { nil } }
  end
end

scenario "oauthbearer_set_token of a closed consumer" do
  client = consumer
  client.close
  attempt { client.oauthbearer_set_token(**token) }
end

scenario "closed consumers look at nothing else" do
  client = consumer
  client.close
  [
    attempt { client.subscribe(nil) }, attempt { client.pause("t") }, attempt { client.assign(nil) },
    attempt { client.committed("t") }, attempt { client.poll("soon") }, attempt do
                                                                          client.poll_batch(0, max_items: nil)
                                                                        end,
    attempt { client.commit("t") }, attempt { client.query_watermark_offsets(nil, nil) }, attempt { client.lag(nil) },
    attempt { client.list_offsets(nil) }
  ]
end

scenario "the name of a closed consumer that knows it" do
  client = consumer
  client.name
  client.close
  client.name
end

{
  flush: [], purge: [], queue_size: [], queue_length: [], events_poll_nb_each: [], metadata: [], partition_count: ["t"],
  start: [], name: [], set_topic_config: ["t", {}, 1], close: [], closed?: [], delivery_callback: [],
  oauthbearer_set_token_failure: ["no"]
}.each do |method, arguments|
  scenario "#{method} of a closed producer" do
    client = producer
    client.close
    attempt { client.public_send(method, *arguments) { nil } }.then { |value| method == :close ? nil : value }
  end
end

scenario "produce of a closed producer" do
  client = producer
  client.close
  [
    attempt { client.produce(topic: "t", payload: "p") }, attempt { client.produce(topic: nil, payload: 1) },
    attempt { client.produce(topic: "t", partition_key: "k", topic_config: { bad: 1 }) }
  ]
end

scenario "oauthbearer_set_token of a closed producer" do
  client = producer
  client.close
  attempt { client.oauthbearer_set_token(**token) }
end

scenario "a delivery callback for a closed producer" do
  client = producer
  client.close
  client.delivery_callback = ->(_) {}
  [client.delivery_callback.class, attempt { client.delivery_callback = nil }]
end

scenario "IO events of a closed producer without polling thread" do
  client = config.producer(run_polling_thread: false)
  client.close
  [attempt { client.enable_queue_io_events(1) }, attempt { client.enable_background_queue_io_events(1) }]
end

{
  create_topic: ["t", 1, 1], delete_topic: ["t"], list_offsets: [{}], metadata: [], events_poll_nb_each: [], start: [],
  name: [], close: [], closed?: [],
  oauthbearer_set_token_failure: ["no"]
}.each do |method, arguments|
  scenario "#{method} of a closed admin client" do
    client = admin
    client.close
    attempt { client.public_send(method, *arguments) { nil } }
  end
end

scenario "oauthbearer_set_token of a closed admin client" do
  client = admin
  client.close
  attempt { client.oauthbearer_set_token(**token) }
end

scenario "closing twice" do
  [consumer, admin].map { |client| [client.closed?, client.close, client.closed?, client.close] } +
    [producer].map { |client| [client.closed?, client.close.then { nil }, client.closed?, client.close] }
end

scenario "closing from several threads" do
  client = consumer
  outcomes = Array.new(8) { Thread.new { attempt { client.close } } }.map(&:value)
  [outcomes.all? { |outcome| outcome.nil? || outcome.is_a?(Rdkafka::ClosedInnerError) }, client.closed?]
end

scenario "closing waits for deliveries" do
  topic = new_topic
  client = producer("linger.ms": 300)
  handle = client.produce(topic: topic, payload: "p", partition: 0)
  client.close
  [handle.pending?, handle.wait(max_wait_timeout_ms: 0).offset]
end

scenario "closing gives up what timed out" do
  client = unreachable_producer("message.timeout.ms": 200)
  handle = client.produce(topic: "t", payload: "p")
  client.close
  attempt { handle.wait(max_wait_timeout_ms: 0) }
end

scenario "closing a producer without polling thread" do
  client = unreachable_producer
  client.purge
  other = opened(config("bootstrap.servers": "127.0.0.1:1").producer(run_polling_thread: false))
  handle = other.produce(topic: "t", payload: "p")
  other.close
  handle.pending?
end

scenario "a pending list_offsets of a consumer that is closed" do
  client = consumer("bootstrap.servers": "127.0.0.1:1")
  handle = client.list_offsets({ "t" => [{ partition: 0, offset: :latest }] })
  client.close
  attempt { handle.wait(max_wait_timeout_ms: 300) }
end

scenario "polling while another thread closes" do
  topic = new_topic
  client = consumer_of(topic)
  thread = Thread.new { attempt { loop { client.poll(50) } } }
  eventually { thread.status == "sleep" }
  client.close
  outcome = thread.value
  [outcome.is_a?(Rdkafka::ClosedConsumerError) || outcome.is_a?(Rdkafka::ClosedInnerError), client.closed?]
end

%i[consumer producer admin].each do |kind|
  scenario "a #{kind} that is collected unclosed" do
    3.times { config("group.id": "g").public_send(kind) }
    GC.start
    :still_here
  end

  scenario "the threads that a #{kind} leaves" do
    before = Thread.list
    client = config("group.id": "g").public_send(kind)
    named = (Thread.list - before).map(&:name).grep(/native_kafka/)
    client.close
    after = eventually { (Thread.list - before).none? { |thread| thread.name.to_s.include?("native_kafka") } }
    [named, after]
  end
end

scenario "no thread without a polling thread" do
  before = Thread.list
  client = opened(config.producer(run_polling_thread: false))
  [(Thread.list - before).map(&:name).grep(/native_kafka/), client.class]
end
