# frozen_string_literal: true

require "rdkafka/producer/testing"

RSpec.describe Rdkafka::Producer do
  subject(:client) { producer(**options) }

  let(:options) { {} }
  let(:topic) { new_topic }
  let(:timeout_error) { Rdkafka::AbstractHandle::WaitTimeoutError }

  describe "#flush" do
    it "is true when everything is delivered", statement: 30 do
      handles = Array.new(3) { client.produce(topic: topic, payload: "a") }

      expect(client.flush).to be(true)
      expect(handles.map(&:pending?)).to eq([false] * 3)
    end

    it "is true when there is nothing", statement: 30 do
      expect(client.flush(0)).to be(true)
    end

    it "is false when the time is over", statement: 30 do
      client = unreachable_producer
      handle = client.produce(topic: "t", payload: "a")

      expect(client.flush(50)).to be(false)
      expect(client.flush(0)).to be(false)
      expect(handle).to be_pending
    end

    it "delivers for a producer without a polling thread, on the calling thread", statement: 43 do
      client = closing(config.producer(run_polling_thread: false))
      threads = []
      client.delivery_callback = ->(_) { threads << Thread.current }
      handle = client.produce(topic: topic, payload: "a")

      expect { handle.wait(max_wait_timeout_ms: 50) }.to raise_error(timeout_error)
      expect(client.flush).to be(true)
      expect(handle.wait(max_wait_timeout_ms: 0)).to be_persisted
      expect(threads).to eq([Thread.current])
    end

    it "waits until the callback has returned for what the polling thread has taken" do
      called = Thread::Queue.new
      go_on = Thread::Queue.new
      client.delivery_callback = lambda do |_|
        called << true
        go_on.pop
      end
      Array.new(2) { client.produce(topic: topic, payload: "a", partition: 0) }
      called.pop

      expect(client.flush(50)).to be(false)
      2.times { go_on << true }
      expect(client.flush).to be(true)
      expect(called.size).to eq(1)
    end

    it "does not wait for the callback that it is called in" do
      flushed = Thread::Queue.new
      client.delivery_callback = ->(_) { flushed << client.flush(20_000) }
      client.produce(topic: topic, payload: "a")

      expect(flushed.pop(timeout: 10)).to be(true)
    end

    it "does not stop other threads" do
      client = unreachable_producer
      client.produce(topic: "t", payload: "a")
      count = 0
      flushing = Thread.new { client.flush(300) }
      count += 1 while flushing.alive?

      expect(flushing.value).to be(false)
      expect(count).to be > 1_000
    end

    it "refuses what is no time" do
      expect { client.flush(nil) }.to raise_error(TypeError)
      expect { client.flush("1") }.to raise_error(TypeError)
    end
  end

  describe "#purge" do
    it "gives up what is queued", statement: [30, 103] do
      client = unreachable_producer
      codes = Thread::Queue.new
      client.delivery_callback = ->(report) { codes << report.error }
      handle = client.produce(topic: "t", payload: "a")

      expect(within(20) { client.purge }).to be(true)
      expect { handle.wait(max_wait_timeout_ms: 0) }
        .to raise_error(Rdkafka::RdkafkaError) { |error| expect(error.code).to eq(:purge_queue) }
      expect(handle.create_result).to have_attributes(status: 0, broker_id: nil, offset: be_between(-1_001, -1))
      expect(codes.pop(timeout: 5)).to eq(-152)
      expect(client.queue_size).to eq(0)
    end

    it "gives up what is in flight", statement: 103 do
      sent = 0
      Rdkafka::Config.statistics_callback = ->(statistics) { sent = statistics["txmsgs"] }
      KarafkaNative::MockCluster.new do |cluster|
        cluster.create_topic("t")
        options = { "linger.ms": 0, "statistics.interval.ms": 20 }
        client = producer("bootstrap.servers": cluster.bootstrap_servers, **options)
        client.produce(topic: "t", payload: "a").wait
        cluster.set_round_trip_time(3_000)
        handle = client.produce(topic: "t", payload: "b")
        eventually { sent == 2 }

        expect(within(20) { client.purge }).to be(true)
        expect(handle.create_result.error.code).to eq(:purge_inflight)
        expect(handle.create_result).to have_attributes(status: 1, broker_id: 1, possibly_persisted?: true)
        client.close
      end
    ensure
      Rdkafka::Config.statistics_callback = nil
    end

    it "is true when there is nothing" do
      expect(client.purge).to be(true)
    end

    it "works without a polling thread", statement: 43 do
      client = closing(
        config("bootstrap.servers": "127.0.0.1:1", "message.timeout.ms": 2_000).producer(run_polling_thread: false)
      )
      handle = client.produce(topic: "t", payload: "a")

      expect(within(20) { client.purge }).to be(true)
      expect(handle.create_result.error.code).to eq(:purge_queue)
    end
  end

  describe "#queue_size" do
    it "counts what waits", statement: 31 do
      client = unreachable_producer
      3.times { client.produce(topic: "t", payload: "a") }

      expect(client.queue_size).to be >= 3
    end

    it "is 0 after a flush", statement: 31 do
      client.produce(topic: topic, payload: "a")
      client.flush

      expect(client.queue_size).to eq(0)
    end

    it "is also called queue_length", :untyped, statement: 31 do
      expect(described_class.instance_method(:queue_length)).to eq(described_class.instance_method(:queue_size))
    end
  end

  describe "#events_poll_nb_each" do
    let(:client) { closing(config.producer(run_polling_thread: false)) }

    it "delivers without a polling thread", statement: 43 do
      handle = client.produce(topic: topic, payload: "a")
      eventually do
        client.events_poll_nb_each { nil }
        !handle.pending?
      end

      expect(handle.wait).to be_persisted
    end

    it "yields how many events it has served, until nothing is left", statement: 68 do
      5.times { client.produce(topic: topic, payload: "a") }
      counts = []
      eventually do
        client.events_poll_nb_each { |count| counts << count }
        client.queue_size.zero?
      end

      # The reports of a batch are one event.
      expect(counts).to all(be_between(1, 5))
      expect(counts).not_to be_empty
    end

    it "stops when told so, and returns nil", statement: 68 do
      client.produce(topic: topic, payload: "a")
      rounds = 0
      result = eventually do
        client.events_poll_nb_each do
          rounds += 1
          :stop
        end
        rounds.positive? && [client.events_poll_nb_each { nil }]
      end

      expect(rounds).to eq(1)
      expect(result).to eq([nil])
    end

    it "may be used beside the polling thread" do
      client = producer
      handles = Array.new(20) { client.produce(topic: topic, payload: "a") }
      client.events_poll_nb_each { nil } while handles.any?(&:pending?)

      expect(handles.map(&:wait)).to all(be_persisted)
    end
  end

  describe "IO events" do
    let(:pipe) { IO.pipe.each { |io| closing(io) } }

    it "are refused while there is a polling thread, also of a closed producer", statement: 44 do
      2.times do
        %i[enable_queue_io_events enable_background_queue_io_events].each do |name|
          expect { client.public_send(name, 1) }
            .to raise_error(RuntimeError, /\ACannot enable IO events while background polling thread is active\./)
        end
        client.close
      end
    end

    it "signal a delivery report", statement: 44 do
      reader, writer = pipe
      client = closing(config.producer(run_polling_thread: false))
      expect(client.enable_queue_io_events(writer.fileno, "payload")).to be_nil
      handle = client.produce(topic: topic, payload: "a")

      expect(reader.wait_readable(10)).not_to be_nil
      expect(reader.read_nonblock(100)).to start_with("payload")
      eventually do
        client.events_poll_nb_each { nil }
        !handle.pending?
      end
    end
  end

  describe "#close" do
    it "waits for deliveries" do
      handles = Array.new(10) { client.produce(topic: topic, payload: "a") }
      within(30) { client.close }

      expect(handles.map { |handle| handle.wait(max_wait_timeout_ms: 0) }).to all(be_persisted)
      expect(client).to be_closed
    end

    it "waits until messages have timed out" do
      client = unreachable_producer("message.timeout.ms": 300)
      handle = client.produce(topic: "t", payload: "a")
      within(30) { client.close }

      expect(handle.create_result.error.code).to eq(:msg_timed_out)
    end

    it "can be repeated", statement: 8 do
      2.times { expect(within(20) { client.close }.to_h).to eq({}) }
    end

    it "does not leave handles pending without a polling thread" do
      client = closing(config("bootstrap.servers": "127.0.0.1:1").producer(run_polling_thread: false))
      handle = client.produce(topic: "t", payload: "a")
      within(20) { client.close }

      expect { handle.wait(max_wait_timeout_ms: 0) }.to raise_error(Rdkafka::RdkafkaError)
    end

    it "lets the delivery callback hear of the last messages" do
      offsets = []
      client.delivery_callback = ->(report) { offsets << report.offset }
      3.times { client.produce(topic: topic, payload: "a") }
      within(30) { client.close }

      expect(offsets).to eq([0, 1, 2])
    end
  end

  describe "a closed producer" do
    before { client.close }

    {
      partition_count: ["t"], flush: [], purge: [], queue_size: [], events_poll_nb_each: [], metadata: []
    }.each do |name, arguments|
      it "refuses #{name}", statement: 14 do
        expect { client.public_send(name, *arguments) }
          .to raise_error(Rdkafka::ClosedProducerError, "Illegal call to #{name} on a closed producer")
      end
    end

    it "names queue_size when it refuses queue_length", statement: 14 do
      expect { client.queue_length }
        .to raise_error(Rdkafka::ClosedProducerError, "Illegal call to queue_size on a closed producer")
    end

    {
      start: [], name: [], set_topic_config: ["t", {}, 1], oauthbearer_set_token_failure: ["no"]
    }.each do |name, arguments|
      it "refuses #{name}", statement: 13 do
        expect { client.public_send(name, *arguments) }
          .to raise_error(Rdkafka::ClosedInnerError, "Illegal call to a closed inner librdkafka instance")
      end
    end

    it "refuses a token", statement: 13 do
      expect { client.oauthbearer_set_token(token: "a", lifetime_ms: 1, principal_name: "b") }
        .to raise_error(Rdkafka::ClosedInnerError)
    end

    it "refuses IO events", statement: 13 do
      closed = config.producer(run_polling_thread: false).tap(&:close)

      expect { closed.enable_queue_io_events(1) }.to raise_error(Rdkafka::ClosedInnerError)
      expect { closed.enable_background_queue_io_events(1) }.to raise_error(Rdkafka::ClosedInnerError)
    end

    it "takes a delivery callback" do
      callback = -> {}
      client.delivery_callback = callback

      expect(client.delivery_callback).to equal(callback)
    end

    it "still knows its name if that was asked for" do
      asked = producer
      name = asked.name
      asked.close

      expect(asked.name).to eq(name)
    end
  end

  describe "a fatal error" do
    # Other producers do not look for fatal errors.
    let(:options) { { "enable.idempotence": true } }

    before { client.singleton_class.include(Rdkafka::Testing) }

    after { Rdkafka::Config.error_callback = nil }

    it "is the real one, everywhere", statement: [52, 53] do
      errors = Thread::Queue.new
      Rdkafka::Config.error_callback = ->(error) { errors << error }

      expect(client.fatal_error).to be_nil
      expect(client.trigger_test_fatal_error(47, "x")).to eq(0)
      expect(client.fatal_error).to eq(error_code: 47, error_string: "test_fatal_error: x")
      expect { client.produce(topic: topic, payload: "a") }.to raise_error(Rdkafka::RdkafkaError) { |error|
        expect(error).to have_attributes(
          code: :invalid_producer_epoch, fatal?: true, broker_message: "test_fatal_error: x", message_prefix: nil
        )
      }
      expect(errors.pop(timeout: 10)).to have_attributes(code: :invalid_producer_epoch, fatal?: true)
      expect(errors.pop(timeout: 0.2)).to be_nil
    end

    it "happens once" do
      client.trigger_test_fatal_error(47, "x")

      expect(client.trigger_test_fatal_error(90, "y")).to eq(-177)
    end

    it "does not keep from flushing and closing", statement: 53 do
      client.trigger_test_fatal_error(47, "x")

      expect(client.flush).to be(true)
      within(20) { client.close }
      expect { client.fatal_error }.to raise_error(Rdkafka::ClosedInnerError)
      expect { client.trigger_test_fatal_error(47, "x") }.to raise_error(Rdkafka::ClosedInnerError)
    end
  end
end
