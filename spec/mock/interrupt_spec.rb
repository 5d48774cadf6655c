# frozen_string_literal: true

require "timeout"

RSpec.describe "Interrupts" do
  let(:interruption) { Class.new(StandardError) }

  ways = {
    "Thread#kill" => ->(thread, _error) { thread.kill },
    "Thread#raise" => ->(thread, error) { thread.raise(error) }
  }

  def outcome_of(thread)
    return :hangs unless thread.join(10)

    thread.value
  rescue StandardError => e
    e.class
  end

  def list_of(topic, partitions = 1)
    Rdkafka::Consumer::TopicPartitionList.new.tap { |list| list.add_topic(topic, partitions) }
  end

  def assigned_consumer(topic, **)
    consumer("fetch.wait.max.ms": 10, **).tap { |made| made.assign(list_of(topic)) }
  end

  def undelivered(**)
    made = producer("bootstrap.servers": "127.0.0.1:1", **)
    [made, made.produce(topic: "nowhere", payload: "1")]
  end

  # A cluster with a topic, whose broker is down until it is told to be up: until then calls wait.
  def unavailable_cluster
    cluster = closing(KarafkaNative::MockCluster.new)
    cluster.create_topic("t")
    cluster.broker_down
    [cluster, "t"]
  end

  # Gives up what cannot be delivered, so that closing does not wait for it.
  def purged(made)
    within(10) { made.purge }
    within(10) { made.close }
  end

  ways.each do |name, interrupt|
    describe name do
      let(:expected) { name == "Thread#kill" ? nil : interruption }

      {
        "poll" => ->(made) { made.poll(60_000) },
        "poll for ever" => ->(made) { made.poll(-1) },
        "poll_batch" => ->(made) { made.poll_batch(60_000) },
        "each" => ->(made) { made.each(timeout_ms: 60_000) { nil } }
      }.each do |operation, call|
        it "ends a blocked #{operation}, and the consumer goes on", statement: 144 do
          topic = new_topic
          made = assigned_consumer(topic)
          thread = blocked { call.call(made) }

          interrupt.call(thread, interruption)

          expect(outcome_of(thread)).to eq(expected)
          producer.produce(topic: topic, payload: "later").wait
          expect(within(10) { made.poll(-1) }.payload).to eq("later")
          expect(within(10) { made.close }).to be_nil
        end
      end

      it "ends a blocked events_poll" do
        options = config("group.id": unique_name("group"))
        options.consumer_poll_set = false
        made = closing(options.consumer)
        thread = blocked { made.events_poll(60_000) }

        interrupt.call(thread, interruption)

        expect(outcome_of(thread)).to eq(expected)
      end

      it "ends the poll of the thread it is for, when several poll", statement: 144 do
        made = assigned_consumer(new_topic)
        threads = Array.new(4) { blocked { made.poll(15_000) } }

        threads.first(3).each do |thread|
          interrupt.call(thread, interruption)
          expect(outcome_of(thread)).to eq(expected)
        end
        expect(threads.last).to be_alive
        interrupt.call(threads.last, interruption)
        expect(outcome_of(threads.last)).to eq(expected)
      ensure
        # What is stuck ends with its time.
        threads.each { |thread| outcome_of(thread) }
      end

      it "ends DeliveryHandle#wait, which can be called again" do
        made, handle = undelivered
        thread = blocked { handle.wait(max_wait_timeout_ms: nil) }

        interrupt.call(thread, interruption)

        expect(outcome_of(thread)).to eq(expected)
        expect(handle).to be_pending
        purged(made)
        expect { handle.wait }.to raise_error(Rdkafka::RdkafkaError)
      end

      it "ends a handle's wait of the thread it is for, when several wait" do
        made, handle = undelivered
        threads = Array.new(3) { blocked { handle.wait(max_wait_timeout_ms: nil, raise_response_error: false) } }

        interrupt.call(threads[1], interruption)

        expect(outcome_of(threads[1])).to eq(expected)
        expect(threads.map(&:alive?)).to eq([true, false, true])
        purged(made)
        expect(outcome_of(threads[0])).to be_a(Rdkafka::Producer::DeliveryReport)
        expect(outcome_of(threads[2])).to be_a(Rdkafka::Producer::DeliveryReport)
      end

      it "ends the wait for an admin operation" do
        handle = admin("bootstrap.servers": "127.0.0.1:1").create_topic("t", 1, 1)
        thread = blocked { handle.wait(max_wait_timeout_ms: nil) }

        interrupt.call(thread, interruption)

        expect(outcome_of(thread)).to eq(expected)
        expect(handle).to be_pending
      end

      it "ends flush and keeps the messages" do
        made, handle = undelivered
        thread = blocked { made.flush(60_000) }

        interrupt.call(thread, interruption)

        expect(outcome_of(thread)).to eq(expected)
        expect(handle).to be_pending
        expect(made.queue_size).to be > 0
        purged(made)
      end

      it "ends Producer#close, after which it is open and can be closed", defect: 17, statement: 145 do
        made, handle = undelivered
        thread = blocked { made.close }

        interrupt.call(thread, interruption)

        expect(outcome_of(thread)).to eq(expected)
        expect(made).not_to be_closed
        expect(handle).to be_pending
        another = made.produce(topic: "nowhere", payload: "2")
        purged(made)
        expect(made).to be_closed
        expect([handle, another].map(&:pending?)).to eq([false, false])
      end

      it "ends Consumer#close while it waits for others, after which it is open", defect: 17, statement: [145, 146] do
        cluster, topic = unavailable_cluster
        made = consumer("bootstrap.servers": cluster.bootstrap_servers, "reconnect.backoff.max.ms": 100)
        other = blocked { made.query_watermark_offsets(topic, 0, 60_000) }
        thread = blocked { made.close }

        interrupt.call(thread, interruption)

        expect(outcome_of(thread)).to eq(expected)
        expect(made).not_to be_closed
        expect(made.poll(0)).to be_nil
        expect(other).to be_alive
        cluster.broker_up
        expect(outcome_of(other)).to eq([0, 0])
        within(10) { made.close }
        expect(made).to be_closed
      end

      it "ends Admin#close while it waits for others, after which it is open", defect: 17, statement: [145, 146] do
        cluster, topic = unavailable_cluster
        made = admin("bootstrap.servers": cluster.bootstrap_servers, "reconnect.backoff.max.ms": 100)
        other = blocked { made.metadata(topic, 60_000).topics.size }
        thread = blocked { made.close }

        interrupt.call(thread, interruption)

        expect(outcome_of(thread)).to eq(expected)
        expect(made).not_to be_closed
        expect(other).to be_alive
        cluster.broker_up
        expect(outcome_of(other)).to eq(1)
        within(15) { made.close }
        expect(made).to be_closed
      end
    end
  end

  describe "Timeout" do
    {
      "poll" => ->(example) { example.consumer.poll(60_000) },
      "poll_batch" => ->(example) { example.consumer.poll_batch(60_000) },
      "DeliveryHandle#wait" => ->(example) { example.undelivered.last.wait },
      "flush" => ->(example) { example.undelivered.first.flush(60_000) },
      "close" => ->(example) { example.undelivered.first.close }
    }.each do |operation, call|
      it "ends #{operation}" do
        def self.undelivered = super("message.timeout.ms": 1_000)

        started = monotonic_seconds
        expect { within(20) { Timeout.timeout(0.2) { call.call(self) } } }.to raise_error(Timeout::Error)
        expect(monotonic_seconds - started).to be < 15
      end
    end
  end

  it "lets poll go on when interrupts are masked, and raises afterwards" do
    topic = new_topic
    made = assigned_consumer(topic)
    got = nil
    thread = blocked do
      Thread.handle_interrupt(interruption => :never) { got = made.poll(20_000) }
    end

    thread.raise(interruption)
    producer.produce(topic: topic, payload: "1").wait

    expect(outcome_of(thread)).to eq(interruption)
    expect(got.payload).to eq("1")
  end

  describe "with SIGINT in a process" do
    {
      "poll" => "topic = TOPIC; client = consumer_of(topic); client.poll(60_000)",
      "poll_batch" => "client = consumer_of(TOPIC); client.poll_batch(-1)",
      "DeliveryHandle#wait" =>
        'client = producer("bootstrap.servers": UNREACHABLE, "message.timeout.ms": 60_000); ' \
        'client.produce(topic: "t", payload: "1").wait(max_wait_timeout_ms: nil)',
      "flush" =>
        'client = producer("bootstrap.servers": UNREACHABLE); client.produce(topic: "t", payload: "1"); ' \
        "client.flush(60_000)",
      "close" =>
        'client = producer("bootstrap.servers": UNREACHABLE); client.produce(topic: "t", payload: "1"); client.close'
    }.each do |operation, call|
      it "ends #{operation} at once" do
        outcome = run_child(<<~RUBY, topic: new_topic)
          KarafkaNative.exit_timeout_ms = 0
          Thread.new do
            asleep(Thread.main)
            sleep(0.2)
            Process.kill("INT", Process.pid)
          end
          begin
            #{call}
            puts "returned"
          rescue Interrupt
            puts "interrupted"
          end
        RUBY

        expect(outcome).to print_lines("interrupted")
        expect(outcome.seconds).to be < 20
      end
    end

    it "does not end a poll when the handler raises nothing" do
      outcome = run_child(<<~RUBY, topic: new_topic)
        signals = 0
        trap("USR1") { signals += 1 }
        client = consumer_of(TOPIC)
        Thread.new do
          asleep(Thread.main)
          3.times do |number|
            Process.kill("USR1", Process.pid)
            sleep(0.01) until signals > number
          end
          producer.produce(topic: TOPIC, payload: "after").wait
        end
        puts client.poll(20_000).payload, signals
      RUBY

      expect(outcome).to print_lines("after", 3)
    end
  end

  describe "while the GVL is held" do
    {
      "poll_nb" => "client = consumer; client.poll_nb(-1)",
      "poll_batch_nb" => "client = consumer; client.poll_batch_nb(-1)",
      "events_poll_nb" => "client = consumer(poll_set: false); loop { client.events_poll_nb(-1) }",
      "a share consumer's events_poll_nb" => "client = share_consumer(TOPIC); loop { client.events_poll_nb(-1) }"
    }.each do |operation, call|
      needs = { share_groups: operation.include?("share consumer") }
      it "ends #{operation}, for which other threads get their turn after a while", **needs do
        outcome = run_child(<<~RUBY, topic: new_topic)
          waiting = -> { #{call} }
          begin
            Timeout.timeout(0.1) { waiting.call }
          rescue Timeout::Error
            puts "timed out"
          end

          thread = Thread.new(&waiting)
          sleep(0.1)
          thread.kill.join
          puts "killed"

          Process.detach(spawn("sleep 0.3; kill -INT \#{Process.pid}"))
          begin
            waiting.call
          rescue Interrupt
            puts "interrupted"
          end
          exit!(0)
        RUBY

        expect(outcome).to print_lines("timed out", "killed", "interrupted")
      end
    end
  end

  describe "at the moment when a message arrives", statement: 144 do
    # The thread's poll has got its message natively and waits for the GVL when it is interrupted.
    let(:scenario) do
      <<~RUBY
        fill(TOPIC, 1)
        client = consumer_of(TOPIC)
        client.poll(20_000) # fetching goes on
        writer = producer
        hold_gvl(0)

        interrupted = lambda do |&poll|
          thread = Thread.new(&poll)
          thread.report_on_exception = false
          asleep(thread)
          writer.produce(topic: TOPIC, payload: "precious", partition: 0)
          hold_gvl(700)
          thread.public_send(*WAY)
          finish(thread)
        end
      RUBY
    end

    { kill: [:kill], raise: [:raise, "stop"] }.each do |name, way|
      it "keeps it for the next poll, with #{name}", defect: 16 do
        outcome = run_child(<<~RUBY, topic: new_topic, way: way)
          #{scenario}
          puts interrupted.call { client.poll(20_000).payload }.inspect
          puts client.poll(5_000)&.payload.inspect
          puts client.poll(300).inspect
          puts client.close.inspect
        RUBY

        expect(outcome).to print_lines(name == :kill ? "nil" : "RuntimeError", '"precious"', "nil", "nil")
      end

      it "keeps it for the next poll_batch, with #{name}", defect: 16 do
        outcome = run_child(<<~RUBY, topic: new_topic, way: way)
          #{scenario}
          puts interrupted.call { client.poll_batch(20_000).map(&:payload) }.inspect
          puts client.poll_batch(5_000).map(&:payload).inspect
          puts client.poll_batch(300).inspect
          puts client.close.inspect
        RUBY

        expect(outcome).to print_lines(name == :kill ? "nil" : "RuntimeError", '["precious"]', "[]", "nil")
      end

      it "commits it only when a poll has returned it, with #{name}" do
        outcome = run_child(<<~RUBY, topic: new_topic, way: way)
          #{scenario}
          committed = -> { client.commit; client.committed.to_h[TOPIC].first.offset }
          interrupted.call { client.poll(20_000).payload }
          puts committed.call
          puts client.poll(5_000)&.payload
          puts committed.call
          client.close
        RUBY

        expect(outcome).to print_lines(1, "precious", 2)
      end

      it "does not commit it when the consumer is closed, with #{name}" do
        outcome = run_child(<<~RUBY, topic: new_topic, way: way, group: unique_name("group"))
          #{scenario.sub("consumer_of(TOPIC)", 'consumer_of(TOPIC, "group.id": GROUP)')}
          interrupted.call { client.poll(20_000).payload }
          client.close
          successor = consumer_of(TOPIC, "group.id": GROUP)
          puts successor.poll(5_000)&.payload.inspect
          successor.close
        RUBY

        expect(outcome).to print_lines('"precious"')
      end
    end

    it "forgets it when another position is sought or the assignment changes" do
      outcome = run_child(<<~RUBY, topic: new_topic, way: %i[kill])
        #{scenario}
        interrupted.call { client.poll(20_000).payload }
        client.seek_by(TOPIC, 0, 0)
        puts client.poll(5_000)&.payload, client.poll(5_000)&.payload, client.poll(300).inspect
        client.close
      RUBY

      expect(outcome).to print_lines("0", "precious", "nil")
    end
  end

  describe "at the moment when an event arrives" do
    # The thread has got its event natively and waits for the GVL when it is interrupted. The cluster is slow, so that
    # the event does not arrive before.
    let(:scenario) do
      <<~RUBY
        cluster = KarafkaNative::MockCluster.new(rebalance_delay_ms: 300)
        cluster.create_topic("t")
        options = { "bootstrap.servers": cluster.bootstrap_servers, "reconnect.backoff.max.ms": 100 }
        writer = producer(**options)
        writer.produce(topic: "t", payload: "0").wait
        events = []
        listener = Object.new
        listener.define_singleton_method(:on_partitions_assigned) { |list| events << "assigned \#{list.count}" }
        listener.define_singleton_method(:on_partitions_revoked) { |list| events << "revoked \#{list.count}" }
        hold_gvl(0)

        interrupted = lambda do |&call|
          thread = Thread.new(&call)
          asleep(thread)
          3.times { hold_gvl(700) } # in one call, others would get a turn after a second
          thread.public_send(*WAY)
          finish(thread)
        end
      RUBY
    end

    polls = %w[poll(20_000) poll_batch(20_000)]

    { kill: [:kill], raise: [:raise, "stop"] }.each do |name, way|
      describe "with #{name}" do
        let(:expected) { name == :kill ? "nil" : "RuntimeError" }

        polls.each do |poll|
          it "answers a rebalance and calls the listener, in #{poll}", statement: [144, 145] do
            outcome = run_child(<<~RUBY, way: way)
              #{scenario}
              client = consumer(listener: listener, **options)
              client.subscribe("t")
              puts interrupted.call { client.#{poll} && "not interrupted" }.inspect
              puts events, client.poll(10_000)&.payload.inspect
              puts finish(Thread.new { client.close }).inspect
            RUBY

            expect(outcome).to print_lines(expected, "assigned 1", '"0"', "nil")
          end
        end

        it "answers a rebalance in close, and closes later", statement: [145, 146] do
          outcome = run_child(<<~RUBY, way: way)
            #{scenario}
            client = consumer(listener: listener, **options)
            client.subscribe("t")
            client.poll(20_000)
            cluster.set_round_trip_time(500)
            # Closing waits for its end.
            asleep(Thread.new { client.query_watermark_offsets("t", 0, 10_000) })
            puts interrupted.call { client.close || "not interrupted" }.inspect
            puts client.closed?
            puts finish(Thread.new { client.close }).inspect, client.closed?, events
          RUBY

          expect(outcome).to print_lines(expected, "false", "nil", "true", "assigned 1", "revoked 1")
        end

        it "calls the statistics callback" do
          outcome = run_child(<<~RUBY, way: way)
            #{scenario}
            Rdkafka::Config.statistics_callback = ->(statistics) { events << statistics["type"] }
            client = consumer("statistics.interval.ms": 500, **options)
            puts interrupted.call { client.poll(20_000) && "not interrupted" }.inspect
            Rdkafka::Config.statistics_callback = nil
            puts events.uniq.inspect
          RUBY

          expect(outcome).to print_lines(expected, '["consumer"]')
        end

        it "calls the acknowledgement callback", :share_groups do
          outcome = run_child(<<~RUBY, way: way)
            #{scenario}
            cluster.start_share_groups_at(:earliest)
            client = config(**options, "group.id": "share").share_consumer
            client.acknowledgement_commit_callback = ->(partitions, _error) { events << partitions.size }
            client.subscribe("t")
            sleep(0.01) while client.poll(100).empty?
            cluster.set_round_trip_time(500)
            client.commit_async
            puts interrupted.call { client.events_poll(20_000) && "not interrupted" }.inspect
            puts events.inspect
          RUBY

          expect(outcome).to print_lines(expected, "[1]")
        end
      end
    end

    it "answers a rebalance before a trap handler closes the consumer", statement: [145, 146] do
      outcome = run_child(<<~RUBY, way: nil)
        #{scenario}
        client = consumer(listener: listener, **options)
        client.subscribe("t")
        trap("USR1") { client.close }
        Thread.new do
          asleep(Thread.main)
          3.times { hold_gvl(700) }
          Process.kill("USR1", Process.pid)
        end
        puts client.poll(20_000).inspect, client.closed?
      RUBY

      expect(outcome).to print_lines("nil", "true")
    end
  end

  describe "by a callback that raises", statement: 144 do
    def numbered(topic, count)
      made = producer
      count.times { |number| made.produce(topic: topic, payload: number.to_s, partition: 0) }
      expect(made.flush(20_000)).to be(true)
    end

    after { Rdkafka::Config.statistics_callback = nil }

    {
      "poll" => ->(made) { [made.poll(100)].compact },
      "poll_batch" => ->(made) { made.poll_batch(100, max_items: 5_000) },
      "poll_nb" => ->(made) { [made.poll_nb(100)].compact },
      "poll_batch_nb" => ->(made) { made.poll_batch_nb(100, max_items: 5_000) }
    }.each do |operation, poll|
      it "loses no message of #{operation}, before or after a commit", defect: [6, 16] do
        topic = new_topic
        numbered(topic, 3_000)
        raised = 0
        made = assigned_consumer(topic, "statistics.interval.ms": 1)
        Rdkafka::Config.statistics_callback = lambda do |_|
          raised += 1
          raise interruption
        end
        got = []
        deadline = monotonic_seconds + 20
        until (got.size >= 3_000 && raised >= 20) || monotonic_seconds > deadline
          begin
            got.concat(poll.call(made))
          rescue interruption
            nil
          end
        end

        expect(got.map { |message| message.payload.to_i }).to eq([*0...3_000])
        expect(raised).to be >= 20
        made.commit
        expect(made.committed.to_h[topic].first.offset).to eq(3_000)
        expect(within(10) { made.close }).to be_nil
      end
    end

    it "comes out of poll, and close succeeds, if not at the first attempt then at a later one", statement: 145 do
      outcome = run_child(<<~RUBY)
        client = consumer("bootstrap.servers": UNREACHABLE)
        Rdkafka::Config.error_callback = ->(_) { raise ArgumentError }
        puts(finish(Thread.new { loop { client.poll(100) } }))
        begin
          client.close
        rescue ArgumentError
          Rdkafka::Config.error_callback = nil
          client.poll(0)
          client.close
        end
        puts client.closed?
      RUBY

      expect(outcome).to print_lines("ArgumentError", "true")
    end
  end

  describe "of Consumer#close in a rebalance listener", statement: 145 do
    %w[kill raise].each do |way|
      it "leaves the consumer closed, or open and closable, with #{way}" do
        outcome = run_child(<<~RUBY, topic: new_topic, way: way)
          listener = Object.new
          def listener.on_partitions_assigned(_) = $assigned = true
          def listener.on_partitions_revoked(_) = ($revoked = true) && sleep(2)
          client = consumer(listener: listener)
          client.subscribe(TOPIC)
          client.poll(50) until $assigned
          thread = Thread.new { client.close }
          thread.report_on_exception = false
          sleep(0.01) until $revoked
          WAY == "kill" ? thread.kill : thread.raise("stop")
          finish(thread)
          unless client.closed?
            client.poll(0)
            client.close
          end
          puts client.closed?
        RUBY

        expect(outcome).to print_lines("true")
      end
    end
  end

  describe "at random moments", :stress do
    it "neither loses nor doubles any of 20,000 messages" do
      topic = new_topic(partitions: 2)
      outcome = run_child(<<~RUBY, seconds: 90, topic: topic)
        2.times { |partition| fill(TOPIC, 10_000, partition: partition) }
        random = Random.new(42)
        calls = [
          ->(client) { [client.poll(50)].compact },
          ->(client) { client.poll_batch(50, max_items: 7) },
          ->(client) { client.poll_batch(50, max_items: 300) }
        ]
        calls.each do |call|
          client = consumer_of(TOPIC, partitions: 2, "queued.min.messages": 500)
          got = []
          interrupts = 0
          until got.size >= 20_000
            # What is returned is noted: interrupts come only where the thread may block, which is in the poll.
            thread = Thread.new do
              Thread.handle_interrupt(Object => :on_blocking) { got.concat(call.call(client)) while got.size < 20_000 }
            end
            thread.report_on_exception = false
            sleep(random.rand(0.003))
            random.rand(2).zero? ? thread.kill : thread.raise("stop")
            interrupts += 1
            finish(thread)
          end
          client.poll_batch(200).each { |message| got << message }
          by_partition = got.group_by(&:partition).transform_values { |messages| messages.map { |m| m.payload.to_i } }
          puts by_partition == { 0 => [*0...10_000], 1 => [*0...10_000] }
          warn("only \#{interrupts} interrupts") if interrupts < 5
          client.commit
          puts client.committed.to_h[TOPIC].map(&:offset).inspect
          client.close
        end
      RUBY

      expect(outcome).to print_lines(*(["true", "[10000, 10000]"] * 3))
    end

    it "leaves producers usable and delivers each message once" do
      topic = new_topic
      outcome = run_child(<<~RUBY, seconds: 60, topic: topic)
        client = producer("linger.ms": 1)
        random = Random.new(7)
        handles = []
        300.times do |round|
          thread = Thread.new do
            Thread.handle_interrupt(Object => :on_blocking) do
              5.times { |n| handles << client.produce(topic: TOPIC, payload: "\#{round}-\#{n}", partition: 0) }
              random.rand(2).zero? ? client.flush(10_000) : handles.last.wait
            end
          end
          thread.report_on_exception = false
          sleep(random.rand(0.004))
          random.rand(2).zero? ? thread.kill : thread.raise("stop")
          finish(thread)
        end
        puts client.flush(10_000), handles.map { |handle| handle.wait.offset }.sort == [*0...handles.size]
        client.close
        puts client.closed?
      RUBY

      expect(outcome).to print_lines("true", "true", "true")
    end
  end
end
