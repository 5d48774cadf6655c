# frozen_string_literal: true

RSpec.describe Rdkafka::Config do
  let(:heard) { Thread::Queue.new }
  let(:topic) { new_topic }

  around do |example|
    logger = described_class.logger
    example.run
  ensure
    described_class.logger = logger
    described_class.statistics_callback = described_class.error_callback = nil
  end

  # The next thing heard for which the block is true.
  def await(queue = heard, seconds: 10)
    deadline = monotonic_seconds + seconds
    loop do
      entry = queue.pop(timeout: [deadline - monotonic_seconds, 0].max)
      raise KafkaClients::TooSlow, "nothing of the kind within #{seconds} seconds" if entry.nil?
      return entry if yield(entry)
    end
  end

  def recorder(queue = heard)
    Object.new.tap { |logger| logger.define_singleton_method(:add) { |*line| queue << line } }
  end

  # Clients by kind, of one configuration, and how they are served.
  kinds = {
    producer: [:itself], admin: [:itself], consumer: [:poll, 50], share_consumer: [:poll, 50]
  }
  kinds.each do |kind, serve|
    needs = kind == :share_consumer ? [:share_groups] : []

    describe "of a #{kind}", *needs do
      def client_of(kind, **)
        setting = config("group.id": unique_name("group"), **)
        yield setting
        client = closing(setting.public_send(kind))
        client.subscribe(topic) if client.respond_to?(:subscribe)
        client
      end

      it "gets statistics with name and kind, and no other client's" do
        others = Thread::Queue.new
        described_class.statistics_callback = ->(statistics) { others << statistics["name"] }
        options = { "statistics.interval.ms": 50 }
        client = client_of(kind, **options) { |own| own.statistics_callback = ->(*all) { heard << all } }
        other = client_of(kind, **options) { |own| own.statistics_callback = ->(*all) { others << all.last(2) } }
        third = client_of(kind, **options) { |own| own }
        eventually do
          [client, other, third].each { |each| each.public_send(*serve) }
          heard.size > 1 && others.size > 3
        end

        names = Array.new(heard.size) { heard.pop }.map { |statistics, *rest| [statistics["name"], *rest] }
        expect(names.uniq).to eq([[client.name, client.name, kind]])
        expect(Array.new(others.size) { others.pop }.uniq).to contain_exactly([other.name, kind], third.name)
      end

      it "gets errors with name and kind, and no other client's" do
        others = Thread::Queue.new
        described_class.error_callback = ->(error) { others << error }
        client = client_of(kind, "bootstrap.servers": "127.0.0.1:1") do |own|
          own.error_callback = ->(*all) { heard << all }
        end
        eventually { client.public_send(*serve) || heard.size.positive? }
        error, name, of_kind = await { |all| all }

        expect([error.class, error.instance_name, name, of_kind])
          .to eq([Rdkafka::RdkafkaError, client.name, client.name, kind])
        expect(error.backtrace).to include(/listeners/)
        expect(others).to be_empty
      end

      it "gets log lines, and no other client's" do
        described_class.logger = recorder(others = Thread::Queue.new)
        client = client_of(kind, "client.id": "own", debug: "all") { |own| own.logger = recorder }
        client.public_send(*serve)

        expect(await { |_, line| line.include?("own") }).to match([Integer, /\Ardkafka: /])
        expect(Array.new(others.size) { others.pop.last }.grep(/own/)).to be_empty
      end

      it "is asked for tokens, with name and kind" do
        options = { "security.protocol": "sasl_plaintext", "sasl.mechanisms": "OAUTHBEARER" }
        client = client_of(kind, **options, "sasl.oauthbearer.config": "a=b") do |own|
          own.oauthbearer_token_refresh_callback = ->(*all) { heard << all }
        end
        client.public_send(*serve)

        expect(heard.pop(timeout: 5)).to eq(["a=b", client.name, kind])
      end
    end
  end

  it "holds for clients that are made afterwards, until they end" do
    setting = config("statistics.interval.ms": 50)
    setting.statistics_callback = ->(_, name) { heard << name }
    client = closing(setting.producer)
    described_class.statistics_callback = ->(statistics) { heard << "process" if statistics }
    setting.statistics_callback = ->(_, name) { heard << "later #{name}" }
    later = closing(setting.producer)
    setting.statistics_callback = nil
    closing(setting.producer)
    await { |name| name == "process" }

    expect(Array.new(30) { heard.pop(timeout: 5) }.uniq)
      .to contain_exactly(client.name, "later #{later.name}", "process")
  end

  it "has statistics read only for those who listen" do
    setting = config("statistics.interval.ms": 50)
    setting.statistics_callback = ->(*) { heard << true }
    silent = closing(config("statistics.interval.ms": 50).producer)
    silent_callbacks = silent.instance_variable_get(:@callbacks)
    allow(silent_callbacks).to receive(:statistics)
    asked = silent_callbacks.method(:statistics?)
    allow(silent_callbacks).to receive(:statistics?) { asked.call.tap { heard << :asked } }
    await { |entry| entry == :asked }
    closing(setting.producer)
    await { |entry| entry == true }

    expect(silent_callbacks).not_to have_received(:statistics)
  end

  it "is called instead of a function that another gem has put in the place of the driver's" do
    others = Thread::Queue.new
    stub_const("Rdkafka::Bindings::ErrorCallback", ->(*) { others << true })
    setting = config("bootstrap.servers": "127.0.0.1:1")
    setting.error_callback = ->(error) { heard << error }
    closing(setting.producer)
    await { |error| error.code == :all_brokers_down }
    expect(others).to be_empty

    unreachable_producer
    expect(others.pop(timeout: 10)).to be(true)
  end

  %i[statistics_callback error_callback].each do |name|
    it "raises out of the method that serves a client without a thread, as #{name}" do
      calls = 0
      setting = config("bootstrap.servers": "127.0.0.1:1", "statistics.interval.ms": 20)
      setting.public_send(:"#{name}=", ->(*) { (calls += 1) == 1 and raise(IOError, "callback") })
      client = closing(setting.producer(run_polling_thread: false, native_kafka_auto_start: false))

      expect { eventually { client.events_poll_nb_each { :stop } } }.to raise_error(IOError, "callback")
      expect(client).not_to be_closed
    end
  end

  describe "#logger" do
    let(:setting) { config.tap { |made| made.logger = recorder } }

    it "hears of delivery callbacks that raise" do
      client = closing(setting.producer)
      client.delivery_callback = ->(_) { raise IOError, "delivery" }
      client.produce(topic: topic, payload: "a").wait

      expect(await { |_, line| line.include?("delivery") }.first).to eq(Logger::ERROR)
    end

    it "hears of rebalance listeners that raise" do
      setting[:"group.id"] = unique_name("group")
      setting.consumer_rebalance_listener = Class.new { def on_partitions_assigned(*) = raise(IOError, "listener") }.new
      client = closing(setting.consumer)
      client.subscribe(topic)
      eventually(30) { client.poll(50) || !heard.empty? }

      expect(heard.pop).to eq([Logger::ERROR, "Unhandled exception: IOError - listener"])
    end

    it "has a thread that goes when there is nothing to write" do
      described_class.ensure_log_thread # the one that stays
      before = Thread.list
      setting[:debug] = "all"
      closing(setting.producer).close
      eventually { heard.size > 3 }
      threads = (Thread.list - before).select { |thread| thread.name == "rdkafka.log" }

      expect(threads.size).to eq(1)
      expect(threads.first.join(10)).to eq(threads.first)
    end

    it "goes on in a forked process" do
      setting[:debug] = "all"
      closing(setting.producer)

      expect(in_fork do
        made = setting.producer
        made.produce(topic: "forked", payload: "a").wait
        await { |_, line| line.include?(made.name) }
        made.close
        true
      end).to be(true)
    end
  end

  it "holds up no other client while it waits" do
    held = Thread::Queue.new
    setting = config("statistics.interval.ms": 50, debug: "all")
    setting.statistics_callback = lambda do |*|
      heard << :statistics
      held.pop
    end
    queue = heard
    setting.logger = Object.new.tap do |logger|
      logger.define_singleton_method(:add) do |*|
        queue << :logger
        held.pop
      end
    end
    closing(setting.producer)
    Set.new.tap { |stuck| await { |entry| stuck.add(entry).size == 2 } }

    free = Thread::Queue.new
    other = config("statistics.interval.ms": 50, debug: "all")
    other.statistics_callback = ->(*) { free << :statistics }
    other.logger = Object.new.tap { |logger| logger.define_singleton_method(:add) { |*| free << :logger } }
    client = closing(other.producer)
    client.delivery_callback = ->(_) { free << :delivery }

    expect(client.produce(topic: topic, payload: "a").wait(max_wait_timeout_ms: 10_000)).to be_persisted
    seen = Set.new
    await(free) { |entry| seen.add(entry).size == 3 }
    expect(seen).to contain_exactly(:statistics, :logger, :delivery)
  ensure
    held.close
  end

  it "keeps no client from being collected" do
    outcome = run_child(<<~RUBY, topic: topic)
      Thread.new do
        setting = config("statistics.interval.ms": 20)
        client = nil
        called = Thread::Queue.new
        setting.statistics_callback = ->(*) { called << client }
        setting.error_callback = ->(*) { client }
        setting.logger = Class.new(Logger) { attr_accessor :client }.new(IO::NULL)
        setting.logger.client = client = setting.producer
        called.pop
      end.join
      deadline = now + 10
      loop do
        GC.start
        break if ObjectSpace.each_object(Rdkafka::Producer).none? || now > deadline
        sleep(0.05)
      end
      puts ObjectSpace.each_object(Rdkafka::Producer).count
    RUBY

    expect(outcome).to print_lines("0")
  end

  it "survives objects that move", :gc do
    setting = config("statistics.interval.ms": 20)
    setting.statistics_callback = ->(_, name, kind) { heard << [name, kind] }
    client = closing(setting.producer)
    GC.compact if GC.respond_to?(:compact)
    3.times { heard.pop(timeout: 5) }

    expect(heard.pop(timeout: 5)).to eq([client.name, :producer])
  end
end
