# frozen_string_literal: true

RSpec.describe "Rdkafka::Producer#delivery_callback" do
  let(:client) { producer }
  let(:topic) { new_topic }
  let(:calls) { Thread::Queue.new }
  let(:log) { StringIO.new }

  around do |example|
    before = Rdkafka::Config.logger
    Rdkafka::Config.logger = Logger.new(log)
    example.run
  ensure
    Rdkafka::Config.logger = before
  end

  def produce(**)
    client.produce(topic: topic, payload: "a", **)
  end

  # The arguments of the next call.
  def next_call
    calls.pop(timeout: 10) || raise(KafkaClients::TooSlow, "no call")
  end

  it "is nil at first" do
    expect(client).to have_attributes(delivery_callback: nil, delivery_callback_arity: nil)
  end

  it "can be read" do
    callback = ->(report) { report }
    client.delivery_callback = callback

    expect(client).to have_attributes(delivery_callback: callback, delivery_callback_arity: 1)
  end

  [nil, "call", 5, Object.new].each do |bad|
    it "cannot be a #{bad.class}", statement: 78 do
      expect { client.delivery_callback = bad }.to raise_error(TypeError, "Callback has to be callable")
      expect(client.delivery_callback).to be_nil
    end
  end

  describe "its arguments" do
    it "are none for a callback that takes none" do
      client.delivery_callback = -> { calls << :called }
      produce

      expect(next_call).to eq(:called)
    end

    it "are the report for a callback that takes one" do
      client.delivery_callback = ->(report) { calls << [report] }
      produce

      expect(next_call).to match([an_instance_of(Rdkafka::Producer::DeliveryReport)])
    end

    it "are report and handle for a callback that takes two", statement: 26 do
      client.delivery_callback = ->(report, handle) { calls << [report, handle] }
      handle = produce
      report, given = next_call

      expect(report).to be_an_instance_of(Rdkafka::Producer::DeliveryReport)
      expect(given).to equal(handle)
    end

    { "a splat" => ->(queue) { ->(*all) { queue << all } },
      "optional ones" => ->(queue) { ->(report, handle = nil) { queue << [report, handle] } },
      "a proc" => ->(queue) { proc { |report, handle| queue << [report, handle] } } }.each do |what, make|
      it "are report and handle for #{what}" do
        client.delivery_callback = make.call(calls)
        handle = produce

        expect(next_call).to match([an_instance_of(Rdkafka::Producer::DeliveryReport), handle])
      end
    end

    it "have the label, and the handle, of messages that were produced when another took less" do
      waiting = producer("linger.ms": 200)
      waiting.delivery_callback = ->(_) {}
      handles = [nil, "l"].map { |label| waiting.produce(topic: topic, payload: "a", label: label) }
      waiting.delivery_callback = ->(report, handle) { calls << [report.label, handle] }

      expect([next_call, next_call]).to eq([[nil, handles[0]], ["l", handles[1]]])
    end

    it "have the label that was set after produce, with and without a polling thread" do
      [{}, { run_polling_thread: false }].each do |options|
        waiting = closing(config("linger.ms": 50).producer(**options))
        waiting.delivery_callback = ->(report) { calls << report.label }
        waiting.produce(topic: topic, payload: "a").label = "l"
        waiting.flush

        expect(Array.new(calls.size) { calls.pop }).to eq(["l"])
      end
    end

    it "are counted for any object with call" do
      callable = Class.new do
        def initialize(calls) = @calls = calls
        def call(report, handle) = @calls << [report, handle]
      end
      client.delivery_callback = callable.new(calls)
      handle = produce

      expect(next_call.last).to equal(handle)
      expect(client.delivery_callback_arity).to eq(2)
    end

    it "are counted for a method" do
      client.delivery_callback = method(:called)
      produce

      expect(next_call).to match([an_instance_of(Rdkafka::Producer::DeliveryReport)])
    end

    def called(report)
      calls << [report]
    end
  end

  describe "its report" do
    it "has a code, 0 for success, and a binary topic", statement: [71, 75] do
      client.delivery_callback = ->(report) { calls << report }
      produce(label: "l")
      report = next_call

      expect(report).to have_attributes(error: 0, partition: 0, offset: 0, topic: topic, topic_name: topic, label: "l")
      expect(report.topic.encoding).to eq(Encoding::BINARY)
      expect(report.topic).not_to equal(topic)
    end

    it "has a topic that is the callback's to change" do
      client.delivery_callback = ->(report) { calls << report }
      2.times { produce }
      first, second = Array.new(2) { next_call }
      first.topic_name << "!"

      expect([first, second].map(&:topic)).to eq(["#{topic}!", topic])
      expect(second.topic).to have_attributes(encoding: Encoding::BINARY, frozen?: false)
    end

    it "has a code for a failure, too", statement: 30 do
      stranded = unreachable_producer
      stranded.delivery_callback = ->(report) { calls << report }
      stranded.produce(topic: "t", payload: "a", label: "l")
      stranded.purge

      expect(next_call).to have_attributes(error: -152, status: 0, broker_id: nil, label: "l", partition: -1)
    end

    it "says the same as that of the handle", statement: [28, 102] do
      client.delivery_callback = ->(report) { calls << report }
      label = Object.new
      waited = produce(label: label).wait
      report = next_call

      %i[partition offset status latency broker_id label].each do |name|
        expect(report.public_send(name)).to eq(waited.public_send(name)), name.to_s
      end
      expect(report).to be_persisted
    end
  end

  describe "its handle" do
    it "is pending during the call, with everything known" do
      client.delivery_callback = lambda do |_, handle|
        calls << %i[pending response partition offset status broker_id].map { |field| handle[field] }
      end
      handle = produce
      handle.wait

      expect(next_call).to eq([true, 0, 0, 0, 2, 1])
      expect(handle).not_to be_pending
    end

    it "is resolved after the call" do
      client.delivery_callback = ->(*) { calls << :called }
      produce.wait

      expect(calls.size).to eq(1)
    end

    it "is the one that produce returned, also if the callback is set later", statement: 26 do
      client = closing(config.producer(native_kafka_auto_start: false))
      label = Object.new
      handle = client.produce(topic: topic, payload: "a", label: label)
      client.delivery_callback = ->(report, given) { calls << [report, given] }
      client.start
      report, given = next_call

      expect(given).to equal(handle)
      expect(report.label).to equal(label)
    end
  end

  it "runs once for each message, in order" do
    client.delivery_callback = ->(report) { calls << report.offset }
    # No flush: it would serve reports beside the polling thread.
    100.times { produce }

    expect(Array.new(100) { next_call }).to eq((0...100).to_a)
    expect(calls).to be_empty
  end

  it "runs on the polling thread" do
    client.delivery_callback = -> { calls << Thread.current }
    produce

    expect(next_call.name).to include(client.name.delete_prefix("rdkafka"))
  end

  it "runs on the thread that serves the events of a producer without a polling thread", statement: 43 do
    client = closing(config.producer(run_polling_thread: false))
    client.delivery_callback = -> { calls << Thread.current }
    client.produce(topic: topic, payload: "a")
    eventually do
      client.events_poll_nb_each { nil }
      !calls.empty?
    end

    expect(calls.pop).to equal(Thread.current)
  end

  it "runs for those that are purged, on the thread that purges" do
    client = closing(config("bootstrap.servers": "127.0.0.1:1").producer(run_polling_thread: false))
    client.delivery_callback = ->(report) { calls << [report.error, Thread.current] }
    client.produce(topic: topic, payload: "a")
    client.purge

    expect(calls.pop(timeout: 0)).to eq([-152, Thread.current])
  end

  it "may be set anew" do
    client.delivery_callback = -> { calls << :first }
    produce.wait
    client.delivery_callback = ->(_, handle) { calls << handle }
    handle = produce.tap(&:wait)

    expect([next_call, next_call]).to eq([:first, handle])
  end

  it "may produce" do
    produced = Thread::Queue.new
    client.delivery_callback = ->(report) { produced << produce if report.offset < 3 }
    produce

    expect(Array.new(3) { produced.pop(timeout: 10).wait.offset }).to eq([1, 2, 3])
  end

  it "may be collected with its producer" do
    expect(in_fork do
      50.times do
        config.producer(run_polling_thread: false, native_kafka_auto_start: false).delivery_callback = ->(*) {}
      end
      GC.start
      :alive
    end).to eq(:alive)
  end

  describe "when it raises" do
    [StandardError.new("oh no"), NotImplementedError.new("oh no"), Interrupt.new("oh no")].each do |error|
      it "is logged, and deliveries go on after a #{error.class}", statement: 25 do
        raised = 0
        client.delivery_callback = lambda do |_|
          raised += 1
          raise error
        end
        reports = Array.new(3) { produce.wait }

        expect(reports).to all(be_persisted)
        expect(raised).to eq(3)
        expect(log.string.scan("Unhandled exception: #{error.class} - oh no").size).to eq(3)
        expect(log.string).to match(/^E, .* ERROR -- : Unhandled/)
      end
    end

    it "is logged when it does not take the arguments" do
      client.delivery_callback = ->(report = nil) { calls << report }
      produce.wait

      expect(calls).to be_empty
      expect(log.string).to include("Unhandled exception: ArgumentError - wrong number of arguments")
    end

    it "may also have called close, which does nothing then", statement: 25 do
      client.delivery_callback = ->(_) { client.close }
      handle = produce

      expect(within(20) { handle.wait }).to be_persisted
      within(20) { client.close }
      expect(client).to be_closed
    end

    it "hands on nothing that was thrown" do
      client.delivery_callback = ->(_) { throw :nowhere }

      expect(produce.wait).to be_persisted
      expect(log.string).to include("Unhandled exception: UncaughtThrowError")
    end
  end
end
