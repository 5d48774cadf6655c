# frozen_string_literal: true

require_relative "support/waterdrop_clients"
require "async"
require "waterdrop/producer/testing"
require "zlib"

RSpec.describe "WaterDrop" do
  let(:topic) { new_topic }

  def payloads_of(topic, count) = messages_of(topic, count).map(&:payload)

  %i[fd thread].each do |mode|
    context "when it polls by #{mode}" do
      let(:producer) { waterdrop(mode: mode) }

      it "produces synchronously" do
        report = producer.produce_sync(
          topic: topic.to_sym, payload: "a", key: "k", headers: { "one" => "1", "many" => %w[2 3] }, timestamp: 1_000
        )
        message = messages_of(topic).first

        expect([report.partition, report.offset, report.topic_name, report.error]).to eq([0, 0, topic, nil])
        expect(report).to be_persisted
        expect([message.payload, message.key, message.headers, message.timestamp])
          .to eq(["a", "k", { "one" => "1", "many" => %w[2 3] }, Time.at(1)])
      end

      it "produces asynchronously" do
        handles = Array.new(20) { |number| producer.produce_async(topic: topic, payload: number.to_s) }

        expect(handles.map { |handle| handle.wait(max_wait_timeout_ms: 20_000).offset }).to eq((0...20).to_a)
        expect(handles.last.create_result.offset).to eq(19)
        expect(payloads_of(topic, 20)).to eq((0...20).map(&:to_s))
      end

      it "produces many" do
        messages = Array.new(5) { |number| { topic: topic, payload: number.to_s } }
        handles = producer.produce_many_sync(messages) + producer.produce_many_async(messages)

        expect(handles.map { |handle| handle.wait.offset }).to eq((0...10).to_a)
      end

      it "keeps messages back in its buffer until they are flushed" do
        producer.buffer(topic: topic, payload: "a")
        producer.buffer_many([{ topic: topic, payload: "b" }, { topic: topic, payload: "c" }])
        expect(producer.messages.size).to eq(3)
        expect(producer.flush_sync.map { |handle| handle.create_result.offset }).to eq([0, 1, 2])

        producer.buffer(topic: topic, payload: "d")
        expect(producer.flush_async.map { |handle| handle.wait.offset }).to eq([3])
      end

      it "sends what is buffered and queued when it is closed" do
        producer.produce_async(topic: topic, payload: "queued")
        producer.buffer(topic: topic, payload: "buffered")
        producer.close

        expect(payloads_of(topic, 2)).to eq(%w[queued buffered])
        expect { producer.produce_sync(topic: topic, payload: "late") }.to raise_error(WaterDrop::Errors::ProducerClosedError)
      end

      it "tells of each message, by its label" do
        acknowledged = events_of(producer, "message.acknowledged")
        producer.produce_async(topic: topic, payload: "a", label: { id: 7 })

        expect(next_of(acknowledged)).to include(topic: topic, partition: 0, offset: 0, label: { id: 7 })
      end

      it "tells of what could not be delivered" do
        distant = waterdrop(mode: mode, "bootstrap.servers": "127.0.0.1:1", "message.timeout.ms": 50)
        failures = events_of(distant, "error.occurred")
        handle = distant.produce_async(topic: topic, payload: "a", label: "lost")

        expect { handle.wait }.to raise_error(Rdkafka::RdkafkaError) { |e| expect(e.code).to eq(:msg_timed_out) }
        failure = eventually { (found = next_of(failures))[:type] == "librdkafka.dispatch_error" && found }
        expect(failure).to include(label: "lost", topic: topic, error: have_attributes(code: :msg_timed_out))
      end

      it "waits no longer than it may" do
        distant = waterdrop(mode: mode, "bootstrap.servers": "127.0.0.1:1", settings: { max_wait_timeout: 50 })

        expect { distant.produce_sync(topic: topic, payload: "a") }
          .to raise_error(WaterDrop::Errors::ProduceError, /WaitTimeoutError/)
        expect(distant.queue_size).to be_positive
        distant.close!
      end

      it "waits for room in a full queue" do
        settings = { wait_backoff_on_queue_full: 5, wait_timeout_on_queue_full: 30_000 }
        narrow = waterdrop(mode: mode, "queue.buffering.max.messages": 10, settings: settings)
        full = events_of(narrow, "error.occurred")
        200.times { |number| narrow.produce_async(topic: topic, payload: number.to_s) }

        expect(next_of(full)).to include(type: "message.produce_async")
        expect(payloads_of(topic, 200)).to eq((0...200).map(&:to_s))
      end

      it "refuses what a full queue has no room for, if it shall not wait" do
        narrow = waterdrop(
          mode: mode, "queue.buffering.max.messages": 1, "linger.ms": 10_000, settings: { wait_on_queue_full: false }
        )
        narrow.produce_async(topic: topic, payload: "a")

        expect { narrow.produce_async(topic: topic, payload: "b") }
          .to raise_error(WaterDrop::Errors::ProduceError) { |error| expect(error.cause.code).to eq(:queue_full) }
      end

      it "emits decorated statistics" do
        measured = waterdrop(mode: mode, "statistics.interval.ms": 20)
        statistics = events_of(measured, "statistics.emitted")
        measured.produce_sync(topic: topic, payload: "a")
        sent = eventually { (found = next_of(statistics)[:statistics])["txmsgs"].positive? && found }

        expect(sent).to include("name" => measured.client.name, "tx_d" => be_an(Integer))
      end

      it "reconnects after a disconnection" do
        producer.produce_sync(topic: topic, payload: "a")
        expect(producer.disconnect).to be(true)

        expect(producer.produce_sync(topic: topic, payload: "b").offset).to eq(1)
      end

      it "lets other fibers run while it waits" do
        slow = waterdrop(mode: mode, "linger.ms": 300)
        slow.produce_sync(topic: topic, payload: "0")
        journal = []
        Sync do |task|
          waiting = task.async do
            journal << "producing"
            journal << slow.produce_sync(topic: topic, payload: "1").offset
          end
          task.async { journal << "other" }
          waiting.wait
        end

        expect(journal).to eq(["producing", "other", 1])
      end

      it "recovers from a fatal error of an idempotent producer" do
        idempotent = waterdrop(
          mode: mode, "enable.idempotence": true,
          settings: { reload_on_idempotent_fatal_error: true, wait_backoff_on_idempotent_fatal_error: 100 }
        )
        reloads = events_of(idempotent, "producer.reload", "producer.reloaded")
        idempotent.extend(WaterDrop::Producer::Testing)
        expect(idempotent.produce_sync(topic: topic, payload: "a").offset).to eq(0)
        idempotent.trigger_test_fatal_error(47, "made up")
        expect(idempotent.fatal_error).to include(error_code: 47)

        expect(idempotent.produce_sync(topic: topic, payload: "b").offset).to eq(1)
        expect([next_of(reloads), next_of(reloads)].map do |event|
          event[:event]
        end).to eq(%w[producer.reload producer.reloaded])
        expect(idempotent.fatal_error).to be_nil
      end

      it "raises a fatal error that it shall not recover from" do
        idempotent = waterdrop(mode: mode, "enable.idempotence": true)
        idempotent.extend(WaterDrop::Producer::Testing)
        idempotent.trigger_test_fatal_error(47, "made up")

        expect { idempotent.produce_sync(topic: topic, payload: "a") }
          .to raise_error(WaterDrop::Errors::ProduceError) { |error| expect(error.cause).to be_fatal }
      end

      it "asks for tokens, on behalf of the client that needs one" do
        asked = Queue.new
        provider = Object.new
        provider.define_singleton_method(:on_oauthbearer_token_refresh) do |event|
          event[:bearer].oauthbearer_set_token(
            token: "token", lifetime_ms: ((Time.now.to_f + 900) * 1_000).to_i, principal_name: "me"
          )
          asked << event[:bearer].name
        end
        guarded = waterdrop(
          mode: mode, "bootstrap.servers": "127.0.0.1:1", "security.protocol": "sasl_plaintext",
          "sasl.mechanisms": "OAUTHBEARER"
        ) { |config| config.oauth.token_provider_listener = provider }

        expect(guarded.client.name).to eq(next_of(asked))
      end
    end
  end

  it "sends tombstones" do
    report = waterdrop.tombstone_sync(topic: topic, key: "gone", partition: 0)
    message = messages_of(topic).first

    expect([report.offset, message.key, message.payload]).to eq([0, "gone", nil])
  end

  it "runs messages through its middleware" do
    producer = waterdrop
    producer.middleware.append(->(message) { message.merge(payload: message[:payload].upcase) })
    producer.produce_sync(topic: topic, payload: "a")
    producer.buffer(topic: topic, payload: "b")
    producer.flush_sync

    expect(payloads_of(topic, 2)).to eq(%w[A B])
  end

  it "has variants with options of the topic" do
    variant = waterdrop.with(topic_config: { "compression.codec": "gzip", acks: 1 }, max_wait_timeout: 20_000)

    expect(variant.produce_sync(topic: topic, payload: "a" * 10_000).offset).to eq(0)
    expect(variant.produce_many_sync([{ topic: topic, payload: "b" }]).first.create_result.offset).to eq(1)
    expect(payloads_of(topic, 2).map(&:size)).to eq([10_000, 1])
  end

  it "spreads keys like librdkafka's partitioner, and knows the partitions" do
    wide = new_topic(partitions: 4)
    producer = waterdrop
    partitions = %w[a b c d e].map do |key|
      producer.produce_sync(topic: wide, payload: "x", partition_key: key).partition
    end

    expect(producer.partition_count(wide)).to eq(4)
    expect(partitions).to eq(%w[a b c d e].map { |key| Zlib.crc32(key) % 4 })
  end

  it "polls all producers on one thread, or each on its own" do
    before = Thread.list
    fd = Array.new(4) { waterdrop.tap(&:client) }
    fresh = (Thread.list - before).filter_map(&:name)
    expect(fresh.grep(/\Awaterdrop\.poller/).size).to be <= 1
    expect(fresh.grep(/native_kafka/)).to be_empty

    threads = Array.new(2) { waterdrop(mode: :thread).tap(&:client) }
    expect((Thread.list - before).filter_map(&:name).grep(/native_kafka/).size).to eq(2)
    reports = [*fd, *threads].map { |producer| producer.produce_sync(topic: topic, payload: "x") }
    expect(reports.map(&:offset)).to eq((0...6).to_a)
  end

  it "drives many producers on pollers of their own at once" do
    poller = WaterDrop::Polling::Poller.new
    producers = Array.new(3) { waterdrop { |config| config.polling.poller = poller } }
    offsets = producers.map do |producer|
      Thread.new do
        handles = Array.new(50) { producer.produce_async(topic: topic, payload: "x") }
        handles.map { |handle| handle.wait.offset }
      end
    end

    expect(offsets.flat_map(&:value).sort).to eq((0...150).to_a)
    expect(poller.count).to eq(3)
  end

  it "lends pooled producers" do
    servers = KafkaClients.bootstrap_servers
    pool = WaterDrop::ConnectionPool.new(size: 2) { |config| config.kafka = { "bootstrap.servers": servers } }
    offsets = Array.new(4) do
      Thread.new { pool.with { |producer| producer.produce_sync(topic: topic, payload: "x").offset } }
    end

    expect(offsets.map(&:value).sort).to eq([0, 1, 2, 3])
    pool.close
  end

  %i[fd thread].each do |mode|
    it "survives a fork, by #{mode}" do
      outcome = run_child(<<~RUBY, topic: topic, mode: mode)
        require "waterdrop"
        make = -> { WaterDrop::Producer.new { |config|
          config.kafka = { "bootstrap.servers": ENV["KN_BOOTSTRAP"] }
          config.polling.mode = MODE
        } }
        producer = make.call
        producer.produce_sync(topic: TOPIC, payload: "parent")
        producer.produce_async(topic: TOPIC, payload: "in flight")
        child = fork do
          begin
            producer.produce_sync(topic: TOPIC, payload: "inherited")
          rescue WaterDrop::Errors::ProducerUsedInParentProcess => error
            puts error.class
          end
          producer.close
          own = make.call
          own.produce_sync(topic: TOPIC, payload: "child")
          own.close
        end
        Process.wait(child)
        puts $?.exitstatus
        producer.produce_sync(topic: TOPIC, payload: "parent again")
        producer.close
      RUBY

      expect(outcome).to print_lines("WaterDrop::Errors::ProducerUsedInParentProcess", 0)
      expect(payloads_of(topic, 4)).to contain_exactly("parent", "in flight", "child", "parent again")
    end

    it "can be closed by a signal handler, by #{mode}" do
      outcome = run_child(<<~RUBY, topic: topic, mode: mode)
        require "waterdrop"
        producer = WaterDrop::Producer.new do |config|
          config.kafka = { "bootstrap.servers": ENV["KN_BOOTSTRAP"], "linger.ms": 200 }
          config.polling.mode = MODE
        end
        producer.produce_async(topic: TOPIC, payload: "last")
        closed = Queue.new
        trap("USR1") { producer.close; closed << producer.status.to_s }
        Process.kill("USR1", Process.pid)
        puts closed.pop
      RUBY

      expect(outcome).to print_lines("closed")
      expect(payloads_of(topic, 1)).to eq(["last"])
    end
  end
end
