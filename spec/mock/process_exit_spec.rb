# frozen_string_literal: true

RSpec.describe "Process exit with open clients" do
  # How long a process may take that has nothing to wait for: generous, but far below every timeout of librdkafka.
  let(:soon) { 20 }

  it "ends with status 0", defect: 13, statement: 94 do
    outcome = run_child(<<~RUBY, topic: new_topic)
      fill(TOPIC, 1)
      open = [consumer_of(TOPIC), producer, admin, consumer(poll_set: false), config.producer(run_polling_thread: false)]
      puts open.first.poll(20_000).payload
    RUBY

    expect(outcome).to print_lines("0")
  end

  { "exit" => ["exit(3)", 3], "an exception" => ['raise "failed"', 1], "abort" => ['abort("failed")', 1] }
    .each do |way, (call, status)|
    it "keeps the status of #{way}, and delivers", statement: 94 do
      topic = new_topic
      outcome = run_child(<<~RUBY, topic: topic)
        client = producer("linger.ms": 500)
        client.delivery_callback = ->(report) { puts report.offset }
        client.produce(topic: TOPIC, payload: "last words")
        #{call}
      RUBY

      expect([outcome.ending, outcome.lines]).to eq([status, ["0"]])
      expect(messages_of(topic).map(&:payload)).to eq(["last words"])
    end
  end

  { "SIGTERM" => :SIGTERM, "SIGINT" => :SIGINT }.each do |signal, ending|
    it "delivers after #{signal}", statement: 94 do
      outcome = run_child(<<~RUBY, topic: new_topic)
        client = producer("linger.ms": 500)
        client.delivery_callback = ->(report) { puts report.offset }
        client.produce(topic: TOPIC, payload: "last words")
        Process.kill("#{signal}", Process.pid)
        sleep
      RUBY

      expect([outcome.ending, outcome.lines]).to eq([ending, ["0"]])
    end
  end

  it "closes nothing after exit!", statement: 95 do
    outcome = run_child(<<~RUBY, topic: new_topic)
      client = producer("linger.ms": 500)
      client.delivery_callback = ->(report) { puts report.offset }
      client.produce(topic: TOPIC, payload: "1")
      exit!(4)
    RUBY

    expect([outcome.ending, outcome.lines]).to eq([4, []])
  end

  it "runs the application's blocks first", statement: 95 do
    outcome = run_child(<<~RUBY, topic: new_topic)
      client = producer
      at_exit { puts client.closed?, client.produce(topic: TOPIC, payload: "1").wait.offset }
    RUBY

    expect(outcome).to print_lines("false", 0)
  end

  it "lets a rebalance listener hear of the revocation", statement: 94 do
    topic = new_topic
    outcome = run_child(<<~RUBY, topic: topic)
      listener = Object.new
      def listener.on_partitions_assigned(_) = $assigned = true
      def listener.on_partitions_revoked(list) = puts(list.to_h.keys.inspect)
      client = consumer(listener: listener, "session.timeout.ms": 45_000)
      client.subscribe(TOPIC)
      client.poll(50) until $assigned
    RUBY

    expect(outcome).to print_lines([topic].inspect)
    expect(outcome.seconds).to be < soon
  end

  it "closes clients of which another one's close raises, prints that, and ends with status 1", statement: 97 do
    outcome = run_child(<<~RUBY, topic: new_topic)
      bad = producer
      def bad.close_at_exit(*) = raise("cannot close")
      def bad.close(*) = raise("cannot close")
      good = producer("linger.ms": 500)
      good.delivery_callback = ->(report) { puts report.offset }
      good.produce(topic: TOPIC, payload: "1")
    RUBY

    expect([outcome.ending, outcome.lines]).to eq([1, ["0"]])
    expect(outcome.err).to include("cannot close")
  end

  it "waits for a producer that another thread is closing", statement: 94 do
    outcome = run_child(<<~RUBY, topic: new_topic)
      client = producer("linger.ms": 500)
      client.delivery_callback = ->(report) { puts report.offset }
      client.produce(topic: TOPIC, payload: "1", partition: 0)
      closing = Thread.new { client.close }
      Thread.pass until closing.stop?
    RUBY

    expect(outcome).to print_lines(0)
    expect(outcome.err).to eq("")
  end

  it "waits for a consumer that another thread is closing", statement: 94 do
    outcome = run_child(<<~RUBY, topic: new_topic)
      leaving = Thread::Queue.new
      listener = Object.new
      listener.define_singleton_method(:on_partitions_assigned) { |_| $assigned = true }
      listener.define_singleton_method(:on_partitions_revoked) do |list|
        leaving << list
        sleep(0.2)
        puts "revoked"
      end
      client = consumer(listener: listener)
      client.subscribe(TOPIC)
      client.poll(50) until $assigned
      Thread.new { client.close }
      leaving.pop
    RUBY

    expect(outcome).to print_lines("revoked")
  end

  describe "is bounded", statement: 147 do
    it "with undelivered messages and no broker, says what was lost, and resolves their handles", defect: 22 do
      outcome = run_child(<<~RUBY)
        Rdkafka::Config.logger = Logger.new($stderr)
        KarafkaNative.exit_timeout_ms = 500
        client = producer("bootstrap.servers": UNREACHABLE)
        client.delivery_callback = ->(report) { puts report.error }
        3.times { client.produce(topic: "t", payload: "1") }
      RUBY

      expect(outcome.ending).to eq(0)
      expect(outcome.lines).to eq(["-152"] * 3)
      expect(outcome.err).to match(/WARN.*gave up 3 undelivered message/)
      expect(outcome.seconds).to be_between(0.5, soon)
    end

    it "with a thread in close that waits for deliveries, and says what was lost" do
      outcome = run_child(<<~RUBY)
        Rdkafka::Config.logger = Logger.new($stderr)
        KarafkaNative.exit_timeout_ms = 100
        client = producer("bootstrap.servers": UNREACHABLE)
        3.times { client.produce(topic: "t", payload: "1") }
        asleep(Thread.new { client.close })
      RUBY

      expect(outcome.ending).to eq(0)
      expect(outcome.err).to match(/WARN.*gave up 3 undelivered message/)
      expect(outcome.seconds).to be < soon
    end

    it "by one budget for all clients", defect: [22, 28] do
      outcome = run_child(<<~RUBY)
        KarafkaNative.exit_timeout_ms = 1_000
        Array.new(8) { producer("bootstrap.servers": UNREACHABLE) }.each do |client|
          client.produce(topic: "t", payload: "1")
        end
        $stdout.puts Process.clock_gettime(Process::CLOCK_REALTIME)
      RUBY

      expect(outcome.ending).to eq(0)
      # Eight times that second it must not be.
      expect(Process.clock_gettime(Process::CLOCK_REALTIME) - outcome.out.to_f).to be_between(0.9, 7)
    end

    it "with a thread in close whose delivery callback does not return, which is stopped silently" do
      outcome = run_child(<<~RUBY, topic: new_topic)
        KarafkaNative.exit_timeout_ms = 100
        delivered = Thread::Queue.new
        client = producer
        client.delivery_callback = ->(report) { (delivered << report) && sleep }
        client.produce(topic: TOPIC, payload: "1")
        Thread.new { client.close }
        delivered.pop
      RUBY

      expect([outcome.ending, outcome.err]).to eq([0, ""])
      expect(outcome.seconds).to be < soon
    end

    it "not at all when nothing is to be waited for" do
      outcome = run_child(<<~RUBY)
        KarafkaNative.exit_timeout_ms = 0
        client = producer("bootstrap.servers": UNREACHABLE)
        client.produce(topic: "t", payload: "1")
      RUBY

      expect(outcome.ending).to eq(0)
      expect(outcome.seconds).to be < soon
    end

    it "but waits for deliveries without one, if asked to" do
      outcome = run_child(<<~RUBY)
        KarafkaNative.exit_timeout_ms = nil
        client = producer("bootstrap.servers": UNREACHABLE, "message.timeout.ms": 1_500)
        client.delivery_callback = ->(report) { puts report.error }
        client.produce(topic: "t", payload: "1")
      RUBY

      expect(outcome).to print_lines(-192)
    end

    { "poll(-1)" => "client = consumer; Thread.new { client.poll(-1) }",
      "poll_batch(-1)" => "client = consumer; Thread.new { client.poll_batch(-1) }",
      "events_poll(-1)" => "client = consumer(poll_set: false); Thread.new { client.events_poll(-1) }",
      "each" => "client = consumer; Thread.new { client.each { nil } }",
      "poll(-1), several of them" =>
        "client = consumer; Array.new(4) { Thread.new { client.poll(-1) } }.last" }.each do |operation, call|
      it "with a thread in #{operation}" do
        outcome = run_child(<<~RUBY)
          Thread.report_on_exception = false
          asleep((#{call}))
          puts "end"
        RUBY

        expect(outcome).to print_lines("end")
        expect(outcome.seconds).to be < soon
      end
    end

    it "with a thread in flush, in wait and in a trap handler's close" do
      outcome = run_child(<<~RUBY)
        Thread.report_on_exception = false
        KarafkaNative.exit_timeout_ms = 300
        client = producer("bootstrap.servers": UNREACHABLE)
        handle = client.produce(topic: "t", payload: "1")
        asleep(Thread.new { client.flush(-1) })
        asleep(Thread.new { handle.wait(max_wait_timeout_ms: nil) })
        asleep(Thread.new { client.close })
        puts "end"
      RUBY

      expect(outcome).to print_lines("end")
      expect(outcome.seconds).to be < soon
    end

    it "with a pending admin operation, whose waiters are told", defect: 1 do
      outcome = run_child(<<~RUBY)
        client = admin("bootstrap.servers": UNREACHABLE)
        handle = client.create_topic("t", 1, 1)
        waiter = Thread.new do
          handle.wait(max_wait_timeout_ms: nil)
        rescue Rdkafka::RdkafkaError => e
          puts e.code
        end
        asleep(waiter)
        at_exit { client.close && nil }
        client.close
        waiter.join
      RUBY

      expect(outcome).to print_lines("destroy")
      expect(outcome.seconds).to be < soon
    end

    it "with a pending list_offsets of a consumer", defect: 1 do
      outcome = run_child(<<~RUBY)
        client = consumer("bootstrap.servers": UNREACHABLE)
        handle = client.list_offsets({ "t" => [{ partition: 0, offset: :latest }] })
        admin("bootstrap.servers": UNREACHABLE).list_offsets({ "t" => [{ partition: 0, offset: :latest }] })
        puts handle.pending?
      RUBY

      expect(outcome).to print_lines("true")
      expect(outcome.seconds).to be < soon
    end

    it "with offsets to commit and the broker gone", defect: [22, 28] do
      outcome = run_child(<<~RUBY, seconds: soon)
        KarafkaNative.exit_timeout_ms = 1_000
        own = KarafkaNative::MockCluster.new(brokers: 1)
        writer = producer("bootstrap.servers": own.bootstrap_servers)
        writer.produce(topic: "t", payload: "1").wait
        writer.close
        client = consumer("bootstrap.servers": own.bootstrap_servers)
        client.subscribe("t")
        message = nil
        message = client.poll(100) until message
        own.broker_down
        puts message.payload
      RUBY

      expect(outcome).to print_lines("1")
    end

    it "with a listener that raises, or that takes its time" do
      outcome = run_child(<<~RUBY, topic: new_topic)
        KarafkaNative.exit_timeout_ms = 500
        listener = Object.new
        def listener.on_partitions_assigned(_) = $assigned = true
        def listener.on_partitions_revoked(_) = puts("revoked") || raise("no")
        client = consumer(listener: listener)
        client.subscribe(TOPIC)
        client.poll(50) until $assigned
      RUBY

      expect(outcome).to print_lines("revoked")
    end

    it "with messages that were put back by an interrupt" do
      outcome = run_child(<<~RUBY, topic: new_topic)
        fill(TOPIC, 1)
        client = consumer_of(TOPIC)
        client.poll(20_000)
        writer = producer
        hold_gvl(0)
        poller = Thread.new { client.poll(20_000) }
        asleep(poller)
        writer.produce(topic: TOPIC, payload: "1", partition: 0)
        hold_gvl(700)
        poller.kill
        finish(poller)
        puts "end"
      RUBY

      expect(outcome).to print_lines("end")
      expect(outcome.seconds).to be < soon
    end
  end

  it "is no problem for a client whose factory failed", defect: 13 do
    outcome = run_child(<<~RUBY)
      Rdkafka::Config.oauthbearer_token_refresh_callback = ->(_, _) { raise IOError, "no token" }
      options = { "security.protocol": "sasl_plaintext", "sasl.mechanisms": "OAUTHBEARER" }
      %i[producer consumer admin].each do |kind|
        config(**options).public_send(kind)
      rescue IOError => e
        puts e.message
      end
      puts Thread.list.count { |thread| thread.name.to_s.include?("native_kafka") }
    RUBY

    expect(outcome).to print_lines("no token", "no token", "no token", 0)
  end
end
