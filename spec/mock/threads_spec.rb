# frozen_string_literal: true

RSpec.describe "Threads" do
  unreachable = { "bootstrap.servers": "127.0.0.1:1", "message.timeout.ms": 60_000 }

  describe "a CPU-bound Ruby thread" do
    # Counts in `turns` how often a thread that never waits has run between two messages, which are counted in `got`.
    # If each batch of 100 messages waited for it, that would be `BATCH` messages for each turn. A few times as many are
    # not brought to a halt, however long a turn takes.
    let(:busy_thread) do
      <<~RUBY
        BATCH = 100
        got = turns = 0
        Thread.new do
          seen = nil
          loop { (turns += 1) && seen = got unless seen == got }
        end
      RUBY
    end

    it "takes its share from consuming, but does not bring it to a halt" do
      outcome = run_child(<<~RUBY, seconds: 60, topic: new_topic)
        fill(TOPIC, 30_000)
        #{busy_thread}
        fetched = nil
        Rdkafka::Config.statistics_callback = ->(statistics) { fetched = statistics["rxmsgs"] }
        ways = [->(client) { client.poll(1_000) ? 1 : 0 }, ->(client) { client.poll_batch(1_000).size }]
        ways.each do |poll|
          fetched = nil
          client = consumer_of(TOPIC, poll_set: false, "statistics.interval.ms": 50)
          client.events_poll(1_000) until fetched == 30_000
          got = turns = 0
          got += poll.call(client) while got < 30_000
          client.close
          puts turns * 4 * BATCH < 30_000
        end
      RUBY

      expect(outcome).to print_lines("true", "true")
    end

    it "does not bring producing to a halt" do
      outcome = run_child(<<~RUBY, seconds: 60, topic: new_topic)
        client = producer
        client.produce(topic: TOPIC, payload: "warm").wait
        #{busy_thread}
        20_000.times do
          client.produce(topic: TOPIC, payload: "0123456789")
          got += 1
        end
        client.flush(30_000)
        puts turns * 4 * BATCH < 20_000
      RUBY

      expect(outcome).to print_lines("true")
    end
  end

  describe "other Ruby threads" do
    list = Rdkafka::Consumer::TopicPartitionList.new
    list.add_topic("nothing", 1)

    {
      "poll" => ->(example) { example.consumer.poll(400) },
      "poll_batch" => ->(example) { example.consumer.poll_batch(400) },
      "DeliveryHandle#wait" => lambda { |example|
        handle = example.producer(**unreachable, "message.timeout.ms": 400).produce(topic: "t", payload: "1")
        handle.wait(raise_response_error: false)
      },
      "flush" => lambda { |example|
        made = example.producer(**unreachable, "message.timeout.ms": 1_000)
        made.produce(topic: "t", payload: "1")
        made.flush(400)
      },
      "Producer#close" => lambda { |example|
        made = example.producer(**unreachable, "message.timeout.ms": 400)
        made.produce(topic: "t", payload: "1")
        made.close
      },
      "events_poll" => lambda { |example|
        options = example.config("group.id": "g")
        options.consumer_poll_set = false
        example.closing(options.consumer).events_poll(400)
      },
      "metadata" => ->(example) { example.unreachable_consumer.metadata("t", 400) },
      "query_watermark_offsets" => ->(example) { example.unreachable_consumer.query_watermark_offsets("t", 0, 400) },
      "committed" => ->(example) { example.unreachable_consumer.committed(list, 400) },
      "offsets_for_times" => ->(example) { example.unreachable_consumer.offsets_for_times(list, 400) },
      "cluster_id" => ->(example) { example.unreachable_consumer.cluster_id(400) },
      "lag" => lambda { |example|
        with_offset = Rdkafka::Consumer::TopicPartitionList.new
        with_offset.add_topic_and_partitions_with_offsets("t", 0 => 1)
        example.unreachable_consumer.lag(with_offset, 400)
      },
      "an admin handle's wait" => lambda { |example|
        handle = example.admin("bootstrap.servers": "127.0.0.1:1").delete_topic("t")
        handle.wait(max_wait_timeout_ms: 400)
      }
    }.each do |operation, call|
      it "run while one is in #{operation}" do
        ticks = 0
        runner = Thread.new { loop { (ticks += 1) && sleep(0.001) } }
        waiting = Thread.new do
          call.call(self)
        rescue Rdkafka::RdkafkaError, Rdkafka::AbstractHandle::WaitTimeoutError
          nil
        end
        # At most what a call takes that does not block at all, if it held the GVL.
        before = nil
        eventually { before = ticks if waiting.status == "sleep" }
        within(20) { waiting.join }

        expect(ticks - before).to be > 50
      ensure
        runner&.kill
      end
    end

    # A consumer without any broker.
    def unreachable_consumer
      consumer("bootstrap.servers": "127.0.0.1:1")
    end
  end

  it "get deliveries while the main thread is in one long sleep" do
    outcome = run_child(<<~RUBY, topic: new_topic)
      client = producer("linger.ms": 300)
      main = Thread.current
      client.delivery_callback = ->(report) { (@offset = report.offset) && main.wakeup }
      client.produce(topic: TOPIC, payload: "1")
      puts sleep(20) < 15, @offset
    RUBY

    expect(outcome).to print_lines("true", 0)
  end

  it "may wait for one handle, many of them" do
    made = producer("linger.ms": 300)
    handle = made.produce(topic: new_topic, payload: "1")
    waiting = Array.new(16) { Thread.new { handle.wait } }

    expect(waiting.map { |thread| within(10) { thread.value }.offset }).to eq([0] * 16)
  end

  it "may use one producer at the same time, and each gets its own reports" do
    made = producer
    topic = new_topic
    offsets = Array.new(8) do
      Thread.new { Array.new(200) { made.produce(topic: topic, payload: "1", partition: 0) }.map { |h| h.wait.offset } }
    end

    expect(offsets.flat_map { |thread| within(20) { thread.value } }.sort).to eq([*0...1_600])
  end

  it "may poll one consumer at the same time, and each message is got by one of them" do
    outcome = run_child(<<~RUBY, topic: new_topic(partitions: 3))
      3.times { |partition| fill(TOPIC, 3_000, partition: partition) }
      client = consumer_of(TOPIC, partitions: 3)
      got = Queue.new
      threads = Array.new(6) do |number|
        Thread.new do
          until got.size >= 9_000
            messages = number.even? ? [client.poll(20)].compact : client.poll_batch(20, max_items: 50)
            messages.each { |message| got << [message.partition, message.payload.to_i] }
          end
        end
      end
      threads.each { |thread| finish(thread) }
      puts Array.new(got.size) { got.pop }.sort == [*0...3].product([*0...3_000])
    RUBY

    expect(outcome).to print_lines("true")
  end

  describe "close" do
    %i[producer consumer admin].each do |kind|
      it "of one #{kind} by 8 threads closes it once and silently", defect: 14, statement: 8 do
        5.times do
          made = public_send(kind)
          closing = Array.new(8) { Thread.new { made.close } }

          expect(closing.map { |thread| within(20) { thread.value } }).to all(be_nil)
          expect(made).to be_closed
        end
      end

      it "of a #{kind} that is closed does nothing", statement: 8 do
        made = public_send(kind)

        expect(Array.new(3) { within(10) { made.close } }).to all(be_nil)
      end

      it "of a #{kind} that was never started works", statement: 8 do
        options = config("group.id": "group")
        made = options.public_send(kind, native_kafka_auto_start: false)

        expect(within(10) { made.close }).to be_nil
        expect(made).to be_closed
        expect { made.start }.to raise_error(Rdkafka::ClosedInnerError)
      end
    end

    {
      "poll(-1)" => ->(client) { client.poll(-1) },
      "poll_batch(-1)" => ->(client) { client.poll_batch(-1) },
      "each" => ->(client) { client.each { nil } }
    }.each do |operation, call|
      1.step(4, 3) do |count|
        it "ends #{operation} of #{count} other thread(s)", statement: 7 do
          made = consumer
          threads = Array.new(count) { blocked { call.call(made) } }

          expect(within(10) { made.close }).to be_nil
          threads.each do |thread|
            expect(within(10) { thread.value }).to be_nil.or(eq([]))
          rescue Rdkafka::ClosedConsumerError
            nil
          end
        end
      end
    end

    it "waits for what other threads do with the client", statement: 7 do
      made = consumer("bootstrap.servers": "127.0.0.1:1")
      other = blocked do
        made.query_watermark_offsets("t", 0, 700)
      rescue Rdkafka::RdkafkaError => e
        e.code
      end
      within(20) { made.close }

      # It has ended with an error of its own, not for lack of a client.
      expect(other.join(1)&.value).to be(:timed_out).or be(:transport).or be(:all_brokers_down)
    end

    it "of a producer ends although statistics come faster than their callback returns" do
      outcome = run_child(<<~RUBY, seconds: 15, topic: new_topic)
        KarafkaNative.exit_timeout_ms = 0
        Rdkafka::Config.statistics_callback = ->(_) { sleep(0.02) }
        client = producer("statistics.interval.ms": 2)
        sleep(0.2)
        client.close
        puts client.closed?
      RUBY

      expect(outcome).to print_lines("true")
    end

    it "races with all kinds of operations without harm", statement: 7 do
      outcome = run_child(<<~RUBY, seconds: 60, topic: new_topic)
        fill(TOPIC, 2_000)
        allowed = [Rdkafka::ClosedConsumerError, Rdkafka::ClosedInnerError, Rdkafka::ClosedProducerError,
                   Rdkafka::RdkafkaError]
        8.times do |round|
          client = consumer_of(TOPIC)
          writer = producer
          calls = [
            -> { client.poll(5) }, -> { client.poll_batch(5) }, -> { client.position }, -> { client.commit },
            -> { client.assignment.to_h }, -> { client.poll_nb_each { nil } }, -> { client.member_id },
            -> { writer.produce(topic: TOPIC, payload: "1") }, -> { writer.flush(10) },
            -> { writer.queue_size }
          ]
          threads = calls.map do |call|
            Thread.new do
              loop { call.call }
            rescue *allowed => e
              retry if e.instance_of?(Rdkafka::RdkafkaError)
            end
          end
          sleep(0.004 * round)
          [client, writer].each { |made| finish(Thread.new { made.close }) }
          threads.each { |thread| finish(thread) }
        end
        puts "done"
      RUBY

      expect(outcome).to print_lines("done")
    end

    it "wins against a message that was fetched but not yet handed out", statement: 7 do
      outcome = run_child(<<~RUBY, topic: new_topic)
        fill(TOPIC, 1)
        client = consumer_of(TOPIC)
        client.poll(20_000)
        writer = producer
        hold_gvl(0)
        poller = Thread.new { client.poll(20_000)&.payload }
        asleep(poller)
        writer.produce(topic: TOPIC, payload: "1", partition: 0)
        hold_gvl(700)
        client.close
        puts client.closed?
        p(finish(poller))
      RUBY

      expect(outcome.ending).to eq(0)
      expect(outcome.lines.first).to eq("true")
      expect(outcome.lines.last).to be_in_list('"1"', "nil", "Rdkafka::ClosedConsumerError")
    end

    define_method(:be_in_list) { |*list| satisfy("be one of #{list}") { |actual| list.include?(actual) } }
  end

  describe "close from a callback" do
    # Each of these closes the client from inside; the process has to end, and by itself.
    {
      "statistics in poll" => <<~RUBY,
        Rdkafka::Config.statistics_callback = ->(_) { client&.close }
        client = consumer_of(TOPIC, "statistics.interval.ms": 20)
        client.poll(100) until client.closed?
      RUBY
      "statistics in poll_batch, with messages in hand" => <<~RUBY,
        fill(TOPIC, 20_000)
        got = 0
        Rdkafka::Config.statistics_callback = lambda do |_|
          client.close if (client&.position.to_h.dig(TOPIC, 0)&.offset || 0) > got
        end
        client = consumer_of(TOPIC, "statistics.interval.ms": 1)
        until client.closed?
          got += client.poll_batch(1_000, max_items: 20_000).size
          client.seek_by(TOPIC, 0, got = 0) if got == 20_000 # no emission came in between
        end
      RUBY
      "statistics in each" => <<~RUBY,
        Rdkafka::Config.statistics_callback = ->(_) { client&.close }
        client = consumer_of(TOPIC, "statistics.interval.ms": 20)
        begin
          client.each { nil }
        rescue Rdkafka::ClosedConsumerError
          nil
        end
      RUBY
      "statistics in events_poll" => <<~RUBY,
        Rdkafka::Config.statistics_callback = ->(_) { client&.close }
        client = consumer(poll_set: false, "statistics.interval.ms": 20)
        client.events_poll(100) until client.closed?
      RUBY
      "statistics on a producer's polling thread" => <<~RUBY,
        Rdkafka::Config.statistics_callback = ->(_) { client&.close }
        client = producer("statistics.interval.ms": 20)
        sleep(0.01) until client.closed?
      RUBY
      "statistics on an admin's polling thread" => <<~RUBY,
        Rdkafka::Config.statistics_callback = ->(_) { client&.close }
        client = admin("statistics.interval.ms": 20)
        sleep(0.01) until client.closed?
      RUBY
      "error in poll" => <<~RUBY,
        client = consumer("bootstrap.servers": UNREACHABLE)
        Rdkafka::Config.error_callback = ->(_) { client&.close }
        client.poll(100) until client.closed?
      RUBY
      "error on a producer's polling thread" => <<~RUBY,
        Rdkafka::Config.error_callback = ->(_) { client&.close }
        client = producer("bootstrap.servers": UNREACHABLE)
        client.produce(topic: TOPIC, payload: "1")
        sleep(0.01) until client.closed?
      RUBY
      "rebalance listener, on assignment" => <<~RUBY,
        listener = Object.new
        listener.define_singleton_method(:on_partitions_assigned) { |_| client.close }
        client = consumer(listener: listener)
        client.subscribe(TOPIC)
        client.poll(100) until client.closed?
      RUBY
      "rebalance listener, while being closed" => <<~RUBY,
        listener = Object.new
        assigned = false
        listener.define_singleton_method(:on_partitions_assigned) { |_| assigned = true }
        listener.define_singleton_method(:on_partitions_revoked) { |_| client.close }
        client = consumer(listener: listener)
        client.subscribe(TOPIC)
        client.poll(100) until assigned
        client.close
      RUBY
      "delivery callback" => <<~RUBY,
        client = producer
        client.delivery_callback = ->(_) { client.close }
        client.produce(topic: TOPIC, payload: "1").wait
        sleep(0.01) until client.closed?
      RUBY
      "delivery callback in flush" => <<~RUBY,
        client = config.producer(run_polling_thread: false)
        client.delivery_callback = ->(_) { client.close }
        client.produce(topic: TOPIC, payload: "1")
        client.flush(100) until client.closed?
      RUBY
      "delivery callback in events_poll_nb_each" => <<~RUBY,
        client = config.producer(run_polling_thread: false)
        client.delivery_callback = ->(_) { client.close }
        client.produce(topic: TOPIC, payload: "1")
        client.events_poll_nb_each { nil } until client.closed?
      RUBY
      "block of poll_nb_each" => <<~RUBY,
        fill(TOPIC, 5)
        client = consumer_of(TOPIC)
        client.poll_nb_each { client.close } until client.closed?
      RUBY
      "block of events_poll_nb_each" => <<~RUBY
        client = consumer(poll_set: false, "statistics.interval.ms": 20)
        client.events_poll_nb_each { client.close } until client.closed?
      RUBY
    }.each do |place, script|
      it "ends it: #{place}", statement: 8 do
        script = <<~RUBY
          client = nil
          #{script}
          puts client.closed?
          client.close
        RUBY

        expect(run_child(script, seconds: 15, topic: new_topic)).to print_lines("true")
      end
    end

    it "of a producer resolves the handles that are left" do
      outcome = run_child(<<~RUBY, topic: new_topic)
        client = producer
        client.delivery_callback = ->(_) { client.close }
        handles = Array.new(50) { |number| client.produce(topic: TOPIC, payload: number.to_s) }
        reports = handles.map { |handle| handle.wait(max_wait_timeout_ms: 5_000, raise_response_error: false) }
        puts reports.size, client.closed?
      RUBY

      expect(outcome).to print_lines(50, "true")
    end
  end

  describe "close elsewhere" do
    it "in a trap handler ends a blocked poll" do
      outcome = run_child(<<~RUBY, topic: new_topic)
        client = consumer_of(TOPIC)
        trap("USR1") { client.close }
        Thread.new { asleep(Thread.main) && Process.kill("USR1", Process.pid) }
        begin
          p client.poll(20_000)
        rescue Rdkafka::ClosedConsumerError
          p nil
        end
        puts client.closed?
      RUBY

      # ThreadError, as the reference has it, would be raised there.
      expect(outcome).to print_lines("nil", "true")
    end

    it "in a trap handler does not hang when a message has just been fetched" do
      outcome = run_child(<<~RUBY, seconds: 15, topic: new_topic)
        fill(TOPIC, 1)
        client = consumer_of(TOPIC)
        client.poll(20_000)
        writer = producer
        hold_gvl(0)
        trap("USR1") { client.close }
        Thread.new do
          asleep(Thread.main)
          writer.produce(topic: TOPIC, payload: "1", partition: 0)
          hold_gvl(700)
          Process.kill("USR1", Process.pid)
        end
        begin
          client.poll(20_000)
        rescue Rdkafka::ClosedConsumerError
          nil
        end
        sleep(0.01) until client.closed?
        puts "closed"
      RUBY

      expect(outcome).to print_lines("closed")
    end

    it "in a trap handler ends a commit that waits for its answer" do
      outcome = run_child(<<~RUBY, seconds: 30)
        client = consumer("bootstrap.servers": UNREACHABLE, "session.timeout.ms": 1_000)
        list = Rdkafka::Consumer::TopicPartitionList.new
        list.add_topic_and_partitions_with_offsets("t", { 0 => 1 })
        trap("USR1") { client.close }
        Thread.new { asleep(Thread.main) && Process.kill("USR1", Process.pid) }
        begin
          client.commit(list)
        rescue Rdkafka::ClosedConsumerError => e
          puts e.class
        end
        puts client.closed?
      RUBY

      expect(outcome).to print_lines("Rdkafka::ClosedConsumerError", "true")
    end

    it "in a trap handler of a producer that has messages" do
      outcome = run_child(<<~RUBY, topic: new_topic)
        client = producer("linger.ms": 200)
        handle = client.produce(topic: TOPIC, payload: "1")
        trap("USR1") { client.close }
        Process.kill("USR1", Process.pid)
        sleep(0.01) until client.closed?
        puts handle.wait.offset
      RUBY

      expect(outcome).to print_lines(0)
    end

    it "in a block of at_exit" do
      outcome = run_child(<<~RUBY, topic: new_topic)
        clients = [consumer_of(TOPIC), producer, admin]
        at_exit do
          clients.each(&:close)
          puts "closed"
        end
      RUBY

      expect(outcome).to print_lines("closed")
    end

    it "in fibers, just after garbage collection", statement: 6 do
      outcome = run_child(<<~RUBY, topic: new_topic)
        10.times do
          Fiber.new do
            client = producer
            client.produce(topic: TOPIC, payload: "1").wait
            GC.start
            client.close
          end.resume
        end
        puts "closed"
      RUBY

      expect(outcome).to print_lines("closed")
    end
  end

  describe "the polling thread", statement: 9 do
    it "has the client's name" do
      made = producer

      expect(Thread.list.map(&:name)).to include("rdkafka.native_kafka##{made.name.delete_prefix("rdkafka")}")
    end

    # Clients also share a thread for log lines, which the first one of the process starts.
    def polling_threads
      Thread.list.select { |thread| thread.name.to_s.start_with?("rdkafka.native_kafka") }
    end

    it "does not exist when it is not wanted" do
      before = polling_threads
      closing(config.producer(run_polling_thread: false))
      closing(config.admin(run_polling_thread: false))

      expect(polling_threads - before).to be_empty
    end

    it "ends with the client" do
      before = polling_threads
      made = [producer, admin]
      expect((polling_threads - before).size).to eq(2)
      made.each { |client| within(10) { client.close } }

      eventually { (polling_threads - before).empty? }
    end
  end
end
