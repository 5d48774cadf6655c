# frozen_string_literal: true

# Serving events by hand: file descriptors, events_poll, producers without a polling thread.

scenario "a producer without polling thread delivers when it is polled" do
  topic = new_topic
  client = opened(config.producer(run_polling_thread: false))
  handle = client.produce(topic: topic, payload: "p", partition: 0)
  reader = consumer
  eventually { reader.query_watermark_offsets(topic, 0) == [0, 1] }
  before = handle.pending?
  counts = []
  returned = eventually do
    client.events_poll_nb_each { |count| counts << count }.then { |value| [value] unless handle.pending? }
  end
  [before, returned, counts.map(&:class).uniq, handle.wait.offset]
end

scenario "events_poll_nb_each stops" do
  topic = new_topic
  client = opened(config.producer(run_polling_thread: false))
  client.produce(topic: topic, payload: "p", partition: 0)
  rounds = 0
  eventually { client.events_poll_nb_each { rounds += 1 and :stop } || rounds.positive? }
  rounds
end

scenario "events_poll_nb_each of a producer with a polling thread" do
  topic = new_topic
  client = producer
  handle = client.produce(topic: topic, payload: "p", partition: 0)
  returned = client.events_poll_nb_each { nil }
  [returned, handle.wait.offset]
end

scenario "events_poll_nb_each with nothing to serve" do
  client = opened(config("bootstrap.servers": nil).then { Rdkafka::Config.new.producer(run_polling_thread: false) })
  client.events_poll_nb_each { nil }
  rounds = 0
  [client.events_poll_nb_each { rounds += 1 }, rounds, client.events_poll_nb_each { nil }]
end

scenario "events_poll_nb_each of consumer and admin" do
  [consumer(poll_set: false).events_poll_nb_each { nil }, admin.events_poll_nb_each { nil }]
end

scenario "a descriptor tells of deliveries" do
  topic = new_topic
  client = opened(config.producer(run_polling_thread: false))
  reader, writer = IO.pipe
  returned = client.enable_queue_io_events(writer.fileno)
  handle = client.produce(topic: topic, payload: "p", partition: 0)
  readable = reader.wait_readable(10)
  byte = reader.read_nonblock(1)
  eventually { client.events_poll_nb_each { nil } || !handle.pending? }
  [returned, readable.class, byte, handle.wait.offset]
end

scenario "a descriptor is told what the application wants" do
  topic = new_topic
  client = opened(config.producer(run_polling_thread: false))
  reader, writer = IO.pipe
  client.enable_queue_io_events(writer.fileno, "wake")
  client.produce(topic: topic, payload: "p", partition: 0)
  reader.wait_readable(10)
  reader.read_nonblock(4)
end

%i[producer admin].each do |kind|
  scenario "descriptors of a #{kind} with a polling thread" do
    client = public_send(kind)
    _, writer = IO.pipe
    [client, client.tap(&:close)].flat_map do |made|
      %i[enable_queue_io_events enable_background_queue_io_events].map do |method|
        raised = attempt { made.public_send(method, writer.fileno) }
        [raised.class, raised.message[/\A[^.]*\./]]
      end
    end
  end
end

scenario "descriptors of consumers" do
  reader, writer = IO.pipe
  client = consumer(poll_set: false, "statistics.interval.ms": 20)
  Rdkafka::Config.statistics_callback = ->(_) {}
  returned = [client.enable_queue_io_events(writer.fileno), client.enable_background_queue_io_events(writer.fileno)]
  [returned, reader.wait_readable(10).class]
end

scenario "a descriptor tells of an admin result" do
  topic = new_topic
  reader, writer = IO.pipe
  client = consumer(poll_set: false)
  client.enable_background_queue_io_events(writer.fileno)
  handle = client.list_offsets({ topic => [{ partition: 0, offset: :latest }] })
  [reader.wait_readable(10).class, handle.wait.offsets.first[:offset]]
end

scenario "descriptors that are none" do
  client = opened(config.producer(run_polling_thread: false))
  [
    refusal { client.enable_queue_io_events("1") }, refusal { client.enable_queue_io_events(nil) },
    refusal { client.enable_queue_io_events(1, 5) }, refusal { client.enable_queue_io_events(1, nil) }
  ].map { |outcome| outcome.is_a?(Exception) ? outcome.class : outcome }
end

scenario "events_poll" do
  client = consumer(poll_set: false)
  client.events_poll
  [client.events_poll, client.events_poll(20), client.events_poll_nb, client.events_poll_nb(0)]
end

scenario "events_poll with timeouts that are none" do
  client = consumer(poll_set: false)
  [nil, "1", :soon].map { |timeout| refusal { client.events_poll(timeout) } }
end

scenario "events_poll of a consumer whose poll serves events" do
  client = consumer
  attempt { client.events_poll }.class
end

scenario "messages do not come with events" do
  topic = new_topic
  publish(topic, "a")
  client = consumer_of(topic, poll_set: false)
  sleep(0.1)
  client.events_poll(20)
  consume(client, 1).map(&:payload)
end

scenario "the timeout of a polling thread" do
  topic = new_topic
  client = opened(config.producer(native_kafka_poll_timeout_ms: 10))
  client.produce(topic: topic, payload: "p", partition: 0).wait.offset
end
