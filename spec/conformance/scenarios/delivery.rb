# frozen_string_literal: true

# Handles, reports, delivery callbacks.

handle_class = Rdkafka::Producer::DeliveryHandle
report_class = Rdkafka::Producer::DeliveryReport

scenario "a handle before delivery" do
  handle = unreachable_producer.produce(topic: "t", payload: "p", label: "l")
  [
    handle.class, handle.pending?, handle[:pending], handle[:response], handle[:partition], handle[:offset],
    handle.topic, handle.label, handle.operation_name, handle.result, handle.broker_message
  ]
end

scenario "a report before delivery" do
  unreachable_producer.produce(topic: "t", payload: "p", label: "l").create_result
end

scenario "a field that handles do not have" do
  attempt { unreachable_producer.produce(topic: "t", payload: "p")[:other] }
end

scenario "the fields of a handle after delivery" do
  topic = new_topic
  handle = producer.produce(topic: topic, payload: "p", partition: 0)
  handle.wait
  %i[pending response partition offset status broker_id].to_h { |field| [field, handle[field]] }
end

scenario "the report of a delivered message" do
  topic = new_topic
  handle = producer.produce(topic: topic, payload: "p", partition: 0, label: { some: "label" })
  report = handle.wait
  [report, report.topic, report.persisted?, report.possibly_persisted?, report.not_persisted?]
end

scenario "waiting twice gives two reports" do
  topic = new_topic
  handle = producer.produce(topic: topic, payload: "p", partition: 0)
  [handle.wait.equal?(handle.wait), handle.create_result, handle.pending?]
end

scenario "the report of a message that timed out in the queue" do
  handle = unreachable_producer("message.timeout.ms": 50).produce(topic: "t", payload: "p")
  [
    attempt { handle.wait }, handle.wait(raise_response_error: false),
    %i[pending response partition offset status broker_id].to_h { |field| [field, handle[field]] }
  ]
end

scenario "the report of a message that is refused by the broker" do
  topic = new_topic
  cluster.push_errors(:Produce, 10)
  handle = producer(retries: 0).produce(topic: topic, payload: "p", partition: 0)
  [attempt { handle.wait }, handle.wait(raise_response_error: false)]
end

scenario "waiting until the time is over" do
  handle = unreachable_producer.produce(topic: "t", payload: "p")
  [
    attempt { handle.wait(max_wait_timeout_ms: 0) }, attempt { handle.wait(max_wait_timeout_ms: 20) }, handle.pending?
  ]
end

scenario "waiting with a deprecated timeout in seconds" do
  topic = new_topic
  handle = producer.produce(topic: topic, payload: "p", partition: 0)
  warnings { [handle.wait(max_wait_timeout: 10).offset, handle.wait(max_wait_timeout: nil).offset] }
end

scenario "a deprecated timeout that passes" do
  handle = unreachable_producer.produce(topic: "t", payload: "p")
  warnings { attempt { handle.wait(max_wait_timeout: 0.05) } }
end

scenario "waiting with both timeouts" do
  handle = unreachable_producer.produce(topic: "t", payload: "p")
  warnings { attempt { handle.wait(max_wait_timeout: 60, max_wait_timeout_ms: 10) } }
end

scenario "waiting for ever" do
  topic = new_topic
  producer.produce(topic: topic, payload: "p", partition: 0).wait(max_wait_timeout_ms: nil).offset
end

scenario "several threads wait for one handle" do
  topic = new_topic
  handle = producer("linger.ms": 100).produce(topic: topic, payload: "p", partition: 0)
  Array.new(4) { Thread.new { handle.wait.offset } }.map(&:value)
end

scenario "waiting can be interrupted" do
  handle = unreachable_producer.produce(topic: "t", payload: "p")
  thread = Thread.new { attempt { handle.wait } }
  eventually { thread.status == "sleep" }
  thread.raise(ArgumentError, "enough")
  [thread.value, handle.pending?]
end

scenario "purging" do
  client = unreachable_producer
  handles = Array.new(2) { client.produce(topic: "t", payload: "p") }
  [client.purge, handles.map { |handle| attempt { handle.wait } }, handles.first.wait(raise_response_error: false)]
end

scenario "purging nothing" do
  unreachable_producer.purge
end

scenario "flushing" do
  topic = new_topic
  client = producer("linger.ms": 10_000)
  handle = client.produce(topic: topic, payload: "p", partition: 0)
  [handle.pending?, client.flush, handle.pending?, client.queue_size, client.flush(0)]
end

scenario "flushing until the time is over" do
  client = unreachable_producer
  client.produce(topic: "t", payload: "p")
  [client.flush(30), client.flush(0), client.queue_size.positive?, client.queue_length.positive?]
end

scenario "flushing with a timeout that is none" do
  client = unreachable_producer
  ["1", nil, 1.5, 2**40].map { |timeout| refusal { client.flush(timeout) } }
end

scenario "the queue's size goes by two names" do
  Rdkafka::Producer.instance_method(:queue_length) == Rdkafka::Producer.instance_method(:queue_size)
end

# --- Callbacks

scenario "a callback gets a report of its own kind" do
  topic = new_topic
  client = producer
  reports = Thread::Queue.new
  client.delivery_callback = ->(report) { reports << report }
  client.produce(topic: topic, payload: "p", partition: 0, label: "l").wait
  reports.pop
end

scenario "a callback gets the handle that produce returned" do
  topic = new_topic
  client = producer
  seen = Thread::Queue.new
  client.delivery_callback = ->(report, handle) { seen << [report.offset, handle, handle.pending?, handle[:offset]] }
  handle = client.produce(topic: topic, payload: "p", partition: 0)
  handle.wait
  offset, given, pending, field = seen.pop
  [offset, given.equal?(handle), pending, field]
end

scenario "a callback is told of failures by number" do
  client = unreachable_producer
  reports = Thread::Queue.new
  client.delivery_callback = ->(report) { reports << report }
  client.produce(topic: "t", payload: "p", label: 7)
  client.purge
  reports.pop
end

{
  "no argument" => -> { [] },
  "one argument" => ->(report) { [report] },
  "two arguments" => ->(report, handle) { [report, handle] },
  "three arguments" => ->(one, two, three) { [one, two, three] },
  "any arguments" => ->(*all) { all },
  "one argument and more" => ->(report, *rest) { [report, *rest] },
  "an optional argument" => ->(report = nil) { [report] },
  "the arguments of a block" => proc { |report, handle| [report, handle] },
  "the arguments of a block, and more" => proc { |report, *rest| [report, *rest] }
}.each do |what, callback|
  scenario "a callback that takes #{what}" do
    topic = new_topic
    client = producer
    got = nil
    client.delivery_callback = callback
    arity = client.delivery_callback_arity
    recording = Class.new do
      define_method(:arity) { callback.arity }
      define_method(:call) { |*arguments| (got = arguments.map(&:class)) && callback.call(*arguments) }
    end
    # What cannot be called with these arguments shows in the log.
    _, lines = logging do
      client.delivery_callback = recording.new
      client.produce(topic: topic, payload: "p", partition: 0).wait
    end
    [arity, got, lines]
  end
end

scenario "a callback that is an object" do
  topic = new_topic
  client = producer
  callback = Class.new do
    attr_reader :got

    def call(report, handle) = @got = [report.class, handle.class]
  end.new
  client.delivery_callback = callback
  client.produce(topic: topic, payload: "p", partition: 0).wait
  [client.delivery_callback_arity, client.delivery_callback.equal?(callback), callback.got]
end

[nil, 1, "x", :puts].each do |callback|
  scenario "a callback that is #{callback.inspect}" do
    client = unreachable_producer
    [attempt { client.delivery_callback = callback }, client.delivery_callback, client.delivery_callback_arity]
  end
end

scenario "a callback that raises" do
  topic = new_topic
  client = producer
  client.delivery_callback = ->(report) { raise Exception, "number #{report.offset}" } # rubocop:disable Lint/RaiseException
  logging { Array.new(2) { client.produce(topic: topic, payload: "p", partition: 0).wait.offset } }
end

scenario "a callback that produces" do
  topic = new_topic
  client = producer
  handles = Thread::Queue.new
  client.delivery_callback = lambda do |report|
    handles << client.produce(topic: topic, payload: "again", partition: 0) if report.offset.zero?
  end
  client.produce(topic: topic, payload: "p", partition: 0).wait
  handles.pop.wait.offset
end

scenario "the thread of a callback" do
  topic = new_topic
  client = producer
  kinds = Thread::Queue.new
  thread = Thread.current
  client.delivery_callback = ->(_) { kinds << thread_kind(thread) }
  client.produce(topic: topic, payload: "p", partition: 0).wait
  kinds.pop
end

scenario "the thread of a callback without a polling thread" do
  topic = new_topic
  client = opened(config.producer(run_polling_thread: false))
  kinds = []
  thread = Thread.current
  client.delivery_callback = ->(_) { kinds << thread_kind(thread) }
  client.produce(topic: topic, payload: "p", partition: 0)
  client.flush
  client.produce(topic: topic, payload: "p", partition: 0)
  client.purge
  kinds
end

scenario "callbacks come in the order of offsets" do
  topic = new_topic
  client = producer
  offsets = []
  client.delivery_callback = ->(report) { offsets << report.offset }
  Array.new(50) { client.produce(topic: topic, payload: "p", partition: 0) }.each(&:wait)
  offsets
end

scenario "a callback that is set after producing" do
  topic = new_topic
  client = producer("linger.ms": 100)
  handle = client.produce(topic: topic, payload: "p", partition: 0, label: "l")
  seen = Thread::Queue.new
  client.delivery_callback = ->(report, given) { seen << [report.label, given.equal?(handle)] }
  handle.wait
  seen.pop
end

scenario "callbacks while closing" do
  topic = new_topic
  client = producer("linger.ms": 200)
  offsets = []
  client.delivery_callback = ->(report) { offsets << report.offset }
  3.times { client.produce(topic: topic, payload: "p", partition: 0) }
  client.close
  [offsets, client.closed?]
end

scenario "calling the delivery callback by hand" do
  client = unreachable_producer
  got = []
  none = client.call_delivery_callback(:report, :handle)
  client.delivery_callback = ->(report) { got << report }
  client.call_delivery_callback(:report, :handle)
  client.delivery_callback = ->(report, handle) { got << [report, handle] }
  client.call_delivery_callback(:report, :handle)
  [none, got, client.arity(->(a, b) {}), client.arity(method(:puts))]
end

# --- Classes of their own

scenario "reports that are made by hand" do
  [
    report_class.new(1, 2, "t"), report_class.new(1, 2), report_class.new(1, 2, "t", 10, :label),
    report_class.new(1, 2, "t", nil, nil, status: 2, latency: -1, broker_id: -1),
    report_class.new(1, 2, "t", nil, nil, status: 0, latency: 0, broker_id: 0)
  ].map { |report| [report, report.latency, report.persisted?, report.possibly_persisted?, report.not_persisted?] }
end

scenario "a handle of a subclass" do
  own = Class.new(handle_class) do
    def initialize(topic)
      @topic = topic
    end
  end
  own.new("t").then { |handle| [handle.topic, handle.label, handle.operation_name] }
end

scenario "the registry of handles" do
  topic = new_topic
  registry = Rdkafka::AbstractHandle::REGISTRY
  waiting = unreachable_producer.produce(topic: "t", payload: "p")
  delivered = producer.produce(topic: topic, payload: "p", partition: 0)
  delivered.wait
  kept = registry.values
  [handle_class::REGISTRY.equal?(registry), registry.empty?, kept.include?(waiting), kept.include?(delivered)]
end

scenario "all handles share their timeout error" do
  [handle_class::WaitTimeoutError, Rdkafka::Admin::CreateTopicHandle::WaitTimeoutError]
end

scenario "unlocking a handle by hand" do
  handle = unreachable_producer.produce(topic: "t", payload: "p")
  thread = Thread.new { handle.wait(raise_response_error: false).class }
  eventually { thread.status == "sleep" }
  handle.unlock
  [thread.join(5)&.value, handle.pending?]
end

scenario "an unstarted producer delivers once it is started" do
  topic = new_topic
  client = opened(config.producer(native_kafka_auto_start: false))
  handle = client.produce(topic: topic, payload: "p", partition: 0)
  waited = attempt { handle.wait(max_wait_timeout_ms: 100) }
  client.start
  [waited, handle.wait.offset]
end
