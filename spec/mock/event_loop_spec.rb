# frozen_string_literal: true

RSpec.describe "Event loops" do
  describe "a producer without polling thread" do
    def made
      @made ||= closing(config.producer(run_polling_thread: false))
    end

    it "delivers only when it is polled", statement: 43 do
      handle = made.produce(topic: new_topic, payload: "1")

      expect { handle.wait(max_wait_timeout_ms: 300) }.to raise_error(Rdkafka::AbstractHandle::WaitTimeoutError)
      eventually { made.events_poll_nb_each { nil } || !handle.pending? }
      expect(handle.wait.offset).to eq(0)
    end

    it "writes to a pipe when there is something to poll for", statement: 44 do
      reader, writer = IO.pipe
      made.enable_queue_io_events(writer.fileno, "wake")
      handle = made.produce(topic: new_topic, payload: "1")

      while handle.pending?
        expect(reader.wait_readable(10)).to be(reader)
        expect(reader.read_nonblock(100)).to start_with("wake")
        made.events_poll_nb_each { nil }
      end
      expect(handle.wait.offset).to eq(0)
    ensure
      made.close
      [reader, writer].each(&:close)
    end

    it "yields the number of events until nothing is left, or until told to stop", statement: 68 do
      handles = Array.new(5) { made.produce(topic: new_topic, payload: "1") }
      counts = []
      eventually { made.events_poll_nb_each { |count| counts << count } || handles.none?(&:pending?) }
      rounds = 0
      another = made.produce(topic: new_topic, payload: "1")
      eventually do
        made.events_poll_nb_each { (rounds += 1) && :stop }
        !another.pending?
      end

      expect(counts).to all(be_a(Integer).and(be_positive))
      expect(made.events_poll_nb_each { nil }).to be_nil
      expect(rounds).to be >= 1
    end

    it "raises what the block raises, and goes on" do
      handle = made.produce(topic: new_topic, payload: "1")
      expect do
        within(10) { loop { made.events_poll_nb_each { raise IOError } } }
      end.to raise_error(IOError)

      eventually { made.events_poll_nb_each { nil } || !handle.pending? }
    end

    it "survives a descriptor that is closed meanwhile" do
      reader, writer = IO.pipe
      made.enable_queue_io_events(writer.fileno)
      [reader, writer].each(&:close)
      handle = made.produce(topic: new_topic, payload: "1")

      eventually { made.events_poll_nb_each { nil } || !handle.pending? }
      expect(handle.wait.offset).to eq(0)
    end
  end

  it "cannot be signalled by clients with a polling thread", statement: 44 do
    [producer, admin].each do |made|
      expect { made.enable_queue_io_events(1) }.to raise_error(RuntimeError, /\ACannot enable IO events/)
      expect { made.enable_background_queue_io_events(1) }.to raise_error(RuntimeError, /\ACannot enable IO events/)
    end
  end

  it "are signalled when a result of list_offsets has arrived" do
    reader, writer = IO.pipe
    made = consumer
    topic = new_topic
    made.enable_background_queue_io_events(writer.fileno, "!")
    handle = made.list_offsets({ topic => [{ partition: 0, offset: :latest }] })

    expect(reader.wait_readable(10)).to be(reader)
    expect(reader.read_nonblock(10)).to eq("!")
    expect(handle.wait(max_wait_timeout_ms: 5_000).offsets.size).to eq(1)
  ensure
    made.close
    [reader, writer].each(&:close)
  end

  describe "a consumer" do
    [true, false].each do |poll_set|
      it "signals messages that arrive, with consumer_poll_set = #{poll_set}", defect: 5, statement: 44 do
        topic = new_topic
        reader, writer = IO.pipe
        options = config("group.id": unique_name("group"), "fetch.wait.max.ms": 10)
        options.consumer_poll_set = poll_set
        made = closing(options.consumer)
        made.assign(partition_list(topic => { 0 => 0 }))
        made.enable_queue_io_events(writer.fileno, "message")
        2.times do |number|
          # Only a queue that was empty signals.
          made.poll_nb_each { nil }
          reader.read_nonblock(1_000, exception: false)
          publish(topic, number.to_s)
          expect(reader.wait_readable(10)).to be(reader)
          expect(reader.read_nonblock(1_000)).to start_with("message")
          expect(eventually { made.poll_nb }.payload).to eq(number.to_s)
        end
      ensure
        made.close
        [reader, writer].each(&:close)
      end
    end

    it "is polled for messages and events separately" do
      seen = 0
      Rdkafka::Config.statistics_callback = ->(_) { seen += 1 }
      options = config("group.id": unique_name("group"), "statistics.interval.ms": 20)
      options.consumer_poll_set = false
      made = closing(options.consumer)
      before = seen # what had come when it was made
      10.times { made.poll(20) }
      expect(seen).to eq(before)

      eventually { made.events_poll_nb_each { nil } || seen > before }
    ensure
      Rdkafka::Config.statistics_callback = nil
    end

    %w[events_poll events_poll_nb events_poll_nb_each].each do |method|
      it "with one queue for both refuses #{method} instead of aborting the process", defect: 3 do
        outcome = run_child(<<~RUBY, topic: new_topic, method: method)
          client = consumer_of(TOPIC)
          reader, writer = IO.pipe
          client.enable_queue_io_events(writer.fileno)
          fill(TOPIC, 100)
          reader.wait_readable # messages are queued
          begin
            METHOD == "events_poll_nb_each" ? client.events_poll_nb_each { nil } : client.public_send(METHOD)
          rescue StandardError => e
            puts e.message.empty?
          end
          got = []
          got.concat(client.poll_batch(1_000)) while got.size < 100
          puts got.map { |one| one.payload.to_i } == [*0...100]
        RUBY

        expect(outcome).to print_lines("false", "true")
      end
    end
  end

  describe "fibers of the async gem", gem: "async" do
    before { require "async" }

    it "run while one waits for a delivery" do
      made = producer("linger.ms": 300)
      topic = new_topic
      ticks = 0
      offset = Sync do |task|
        ticker = task.async { loop { sleep(0.01) && (ticks += 1) } }
        made.produce(topic: topic, payload: "1").wait.offset
      ensure
        ticker.stop
      end

      expect(offset).to eq(0)
      expect(ticks).to be > 5
    end

    it "wait for several things at the same time" do
      made = producer("linger.ms": 60_000)
      topic = new_topic
      handles = []
      offsets = Sync do |task|
        waiting = Array.new(10) do
          task.async { (handles << made.produce(topic: topic, payload: "1", partition: 0)).last.wait.offset }
        end
        expect(handles.map(&:pending?)).to eq([true] * 10)
        made.flush(20_000)
        waiting.map(&:wait)
      end

      expect(offsets.sort).to eq([*0...10])
    end

    it "end a wait by its timeout, by a timeout of the loop, and by being stopped" do
      handle = (made = producer("bootstrap.servers": "127.0.0.1:1")).produce(topic: "t", payload: "1")
      Sync do |task|
        expect { handle.wait(max_wait_timeout_ms: 50) }.to raise_error(Rdkafka::AbstractHandle::WaitTimeoutError)
        expect { task.with_timeout(0.05) { handle.wait } }.to raise_error(Async::TimeoutError)
        waiting = task.async { handle.wait }
        waiting.stop
        expect(waiting).to be_stopped
      end
      made.purge

      expect { handle.wait }.to raise_error(Rdkafka::RdkafkaError)
    end

    it "leave no descriptors open" do
      made = producer
      topic = new_topic
      Sync { made.produce(topic: topic, payload: "1").wait }
      before = Dir.children("/proc/self/fd").size
      Sync { |task| Array.new(50) { task.async { made.produce(topic: topic, payload: "1").wait } }.each(&:wait) }

      expect(Dir.children("/proc/self/fd").size).to be <= before + 5
    end

    it "poll a consumer whose signals go to the application" do
      topic = new_topic
      reader, writer = IO.pipe
      made = assigned_consumer(topic, { 0 => 0 })
      made.enable_queue_io_events(writer.fileno)
      Sync { made.poll(10) }
      # Only a queue that was empty signals.
      made.poll_nb_each { nil }
      reader.read_nonblock(1_000, exception: false)
      publish(topic, "1")

      expect(reader.wait_readable(10)).to be(reader)
      expect(Sync { made.poll(10_000) }.payload).to eq("1")
    ensure
      made.close
      [reader, writer].each(&:close)
    end

    it "share a handle" do
      handle = producer("linger.ms": 200).produce(topic: new_topic, payload: "1")

      expect(Sync { |task| Array.new(3) { task.async { handle.wait.offset } }.map(&:wait) }).to eq([0, 0, 0])
    end
  end
end
