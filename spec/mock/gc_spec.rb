# frozen_string_literal: true

RSpec.describe "Garbage collection" do
  describe "of clients that were not closed", statement: [4, 98] do
    # Makes clients in threads that end, so that no stack holds on to them, and reports how many are left.
    def left_of(script, seconds: 40, **)
      run_child(<<~RUBY, seconds: seconds, **)
        require "weakref"
        def left(count)
          references = Queue.new
          count.times { Thread.new { references << WeakRef.new(yield) }.join }
          made = Array.new(count) { references.pop }
          deadline = now + 10
          while made.count(&:weakref_alive?) > 1 && now < deadline
            GC.start
            sleep(0.01)
          end
          made.count(&:weakref_alive?)
        end

        def no_operation = ->(_) { nil }
        LATEST = { TOPIC => [{ partition: 0, offset: :latest }] }.freeze
        #{script}
      RUBY
    end

    {
      "producers" => 'puts left(8) { producer.tap { |client| client.produce(topic: TOPIC, payload: "1").wait } }',
      "producers with undelivered messages" =>
        'puts left(8) { producer("bootstrap.servers": UNREACHABLE).tap { |made| made.produce(topic: TOPIC) } }; ' \
        "exit!(0)",
      "producers without polling thread" =>
        "puts left(8) { config.producer(run_polling_thread: false).tap { |made| made.produce(topic: TOPIC) } }",
      "producers with a delivery callback" => <<~RUBY,
        puts(left(8) do
          client = producer
          client.delivery_callback = no_operation
          client.produce(topic: TOPIC, payload: "1").wait
          client
        end)
      RUBY
      "producers with a delivery callback whose block sees the producer" => <<~RUBY,
        puts(left(8) do
          client = producer
          client.delivery_callback = ->(_) { nil }
          client.produce(topic: TOPIC, payload: "1").wait
          client
        end)
      RUBY
      "consumers with a listener that knows the consumer" => <<~RUBY,
        puts(left(4) do
          listener = Struct.new(:client).new
          listener.client = consumer(listener: listener)
        end)
      RUBY
      "admin clients" => "puts left(8) { admin.tap { |c| c.metadata } }",
      "admin clients with pending operations" =>
        'puts left(8) { admin("bootstrap.servers": UNREACHABLE).tap { |client| client.create_topic("t", 1, 1) } }; ' \
        "exit!(0)",
      "admin clients whose operation was answered, with its handle" =>
        "kept = []; puts left(8) { admin.tap { |c| kept << c.list_offsets(LATEST).tap(&:wait) } }",
      "consumers whose operation was answered, with its handle" =>
        "kept = []; puts left(8) { consumer.tap { |c| kept << c.list_offsets(LATEST).tap(&:wait) } }",
      "producers whose messages were delivered, with their handles" =>
        "kept = []; puts left(8) { producer.tap { |c| kept << c.produce(topic: TOPIC).tap(&:wait) } }",
      "consumers" => "fill(TOPIC, 100); puts left(8) { consumer_of(TOPIC).tap { |client| client.poll(10_000) } }",
      "consumers after poll_batch" =>
        "fill(TOPIC, 100); puts left(8) { consumer_of(TOPIC).tap { |client| client.poll_batch(10_000) } }",
      "consumers that were never started" =>
        'puts left(8) { config("group.id": "g").consumer(native_kafka_auto_start: false) }',
      "group members" => "puts left(3) { consumer.tap { |client| client.subscribe(TOPIC) && client.poll(3_500) } }"
    }.each do |kind, script|
      it "frees #{kind}, all but what the stack still seems to name" do
        # A new thread may get the stack of an ended one, with all that was left there: in one process of many that
        # names each client. What is really held is held in every process.
        left = Array.new(3).lazy.map do
          outcome = left_of(script, topic: new_topic)
          expect(outcome.ending).to eq(0)
          outcome.lines.first.to_i
        end

        expect(left.find { |count| count <= 1 }).not_to be_nil
      end
    end

    it "does not block other threads, whatever the client has to finish" do
      outcome = run_child(<<~RUBY)
        Thread.new do
          client = producer("bootstrap.servers": UNREACHABLE)
          client.produce(topic: "t", payload: "1")
          consumer("bootstrap.servers": UNREACHABLE).subscribe("t")
        end.join
        started = now
        10.times { GC.start }
        puts now - started < 5
        exit!(0)
      RUBY

      expect(outcome).to print_lines("true")
    end

    it "resolves the handles of a producer" do
      outcome = run_child(<<~RUBY)
        handles = Thread.new do
          # Some are delivered or given up; none may stay pending.
          Array.new(8) { producer("bootstrap.servers": UNREACHABLE, "message.timeout.ms": 1_000) }
               .map { |client| client.produce(topic: "t", payload: "1") }
        end.value
        GC.start
        puts handles.map { |handle| handle.wait(raise_response_error: false).error.code }.uniq.size >= 1
      RUBY

      expect(outcome).to print_lines("true")
    end

    it "resolves the handles of a producer that is collected during a call by its address" do
      outcome = run_child(<<~RUBY)
        # A producer is made on a stack of its own, and is not always collected: the caller's may still name it.
        def handle_of_collected
          address, handle = Thread.new do
            client = config("bootstrap.servers": UNREACHABLE).producer(run_polling_thread: false)
            [client.instance_variable_get(:@native).address, client.produce(topic: "t", payload: "1")]
          end.value
          Thread.new do
            GC.stress = true
            2.times { KarafkaNative::Native.client_name(address) } && nil
          rescue ArgumentError
            handle
          ensure
            GC.stress = false
          end.value
        end

        handles = []
        handles << handle_of_collected until handles.compact.size == 4
        puts handles.compact.map { |handle| handle.wait(raise_response_error: false).error.code }.uniq.inspect
        exit!(0)
      RUBY

      expect(outcome).to print_lines("[:purge_queue]")
    end

    it "has nothing to do with clients that were closed", file: "/proc/self/task", statement: 5 do
      outcome = run_child(<<~RUBY, topic: new_topic)
        fill(TOPIC, 3)
        Thread.new do
          8.times do
            made = [consumer_of(TOPIC), producer, admin]
            made.first.poll_batch(10_000)
            made.each(&:close)
          end
        end.join
        # What was collected is freed on such a thread; when there is nothing to do, it ends.
        def reaping? = !native_threads("karafka-call").empty?
        sleep(0.01) while reaping?
        5.times { GC.start && sleep(0.02) }
        puts reaping?
        Thread.new { 8.times { producer } }.join
        deadline = now + 10
        GC.start && sleep(0.02) until reaping? || now > deadline
        puts reaping?
      RUBY

      expect(outcome).to print_lines("false", "true")
    end

    it "does nothing to messages and lists that came from them" do
      outcome = run_child(<<~RUBY, topic: new_topic)
        fill(TOPIC, 3)
        kept = Thread.new do
          client = consumer_of(TOPIC)
          messages = Array.new(3) { client.poll(10_000) }
          [messages, client.position]
        end.value
        5.times { GC.start && sleep(0.05) }
        puts kept[0].map(&:payload).inspect, kept[1].to_h[TOPIC].first.offset
      RUBY

      expect(outcome).to print_lines('["0", "1", "2"]', 3)
    end
  end

  describe "of clients with work in flight" do
    # Runs a script while the garbage is collected all the time.
    def run_collecting(script, **)
      run_child(<<~RUBY, **)
        Thread.new { loop { GC.start && sleep(0.002) } }
        FAILING = { "bootstrap.servers": UNREACHABLE, "socket.timeout.ms": 300, "message.timeout.ms": 300 }.freeze
        LATEST = { "t" => [{ partition: 0, offset: :latest }] }.freeze

        # What the block returns, made in a thread that ends, so that no stack holds on to more.
        def made(count = 4, &block) = Array.new(count) { Thread.new(&block).value }

        def code
          yield
          0
        rescue Rdkafka::RdkafkaError => e
          e.code
        end

        #{script}
      RUBY
    end

    { "admin clients" => "config(**FAILING).admin", "consumers" => 'config(**FAILING, "group.id": "g").consumer',
      "clients without polling thread" => "config(**FAILING).admin(run_polling_thread: false)" }.each do |kind, client|
      it "waits until the operations of #{kind} are answered, if their handles are held" do
        outcome = run_collecting(<<~RUBY)
          handles = made { #{client}.list_offsets(LATEST) }
          puts handles.map { |handle| code { handle.wait } }.uniq.inspect
        RUBY

        expect(outcome).to print_lines("[:timed_out]")
      end
    end

    it "waits until the delivery callbacks of producers were called" do
      outcome = run_collecting(<<~RUBY)
        calls = Queue.new
        callback = ->(report, handle) { calls << [report.error, report.label, handle.label, handle.pending?] }
        made do
          client = producer(**FAILING)
          client.delivery_callback = callback
          client.produce(topic: "t", label: 7)
          nil
        end
        puts Array.new(4) { calls.pop(timeout: 10) }.uniq.inspect
      RUBY

      expect(outcome).to print_lines("[[-192, 7, 7, true]]")
    end

    it "keeps producers that go on producing when their objects are old" do
      outcome = run_child(<<~RUBY, topic: new_topic)
        require "weakref"
        kept = Array.new(4) do
          Thread.new do
            client = producer("linger.ms": 2_000)
            client.produce(topic: TOPIC, payload: "1")
            client.flush
            4.times { GC.start }
            [WeakRef.new(client), client.produce(topic: TOPIC, payload: "2")]
          end.value
        end
        20.times { GC.start(full_mark: false) }
        GC.start
        puts kept.all? { |client, handle| client.weakref_alive? || !handle.pending? }
        puts kept.all? { |_, handle| handle.wait.offset }
      RUBY

      expect(outcome).to print_lines("true", "true")
    end

    it "leaves it to the end of the process to close producers whose deliveries are awaited", statement: 98 do
      outcome = run_child(<<~RUBY, topic: new_topic)
        # Not sent before the end.
        make = -> { producer("linger.ms": 3_000).tap { |client| client.delivery_callback = ->(r) { puts r.error } } }
        Thread.new { make.call.produce(topic: TOPIC, payload: "1") }.join
        HELD = Thread.new { producer("linger.ms": 3_000).produce(topic: TOPIC, payload: "1") }.value
        5.times { GC.start }
        at_exit { puts HELD.pending? }
      RUBY

      expect(outcome).to print_lines("true", 0)
    end

    it "keeps producers while their deliveries are awaited, and no longer" do
      outcome = run_collecting(<<~RUBY)
        require "weakref"
        kept = made { producer(**FAILING).then { |client| [WeakRef.new(client), client.produce(topic: "t")] } }
        10.times { GC.start }
        puts kept.all? { |client, handle| client.weakref_alive? || !handle.pending? }
        puts kept.map { |_, handle| code { handle.wait } }.uniq.inspect
        deadline = now + 10
        sleep(0.01) while kept.count { |client, _| client.weakref_alive? } > 1 && now < deadline
        puts kept.count { |client, _| client.weakref_alive? } <= 1
      RUBY

      expect(outcome).to print_lines("true", "[:msg_timed_out]", "true")
    end
  end

  describe "of clients whose work has ended, or that nobody waits for" do
    # The script makes a client, and gives it with what its work has given; all of it while garbage is collected.
    def run_collecting(script, **)
      run_child(<<~RUBY, **)
        require "weakref"
        #{'require "async"' if script.include?("Sync")}
        Thread.new { loop { GC.start && sleep(0.02) } }
        FAILING = { "bootstrap.servers": UNREACHABLE, "socket.timeout.ms": 300, "message.timeout.ms": 300 }.freeze
        LATEST = { TOPIC => [{ partition: 0, offset: :latest }] }.freeze

        def outcome
          yield
        rescue Rdkafka::RdkafkaError, Timeout::Error => e
          e.class.name
        end

        # In threads that end, so that no stack holds on to more.
        kept = Array.new(4) do
          Thread.new do
            client, given = eval(#{script.inspect})
            [WeakRef.new(client), given]
          end.value
        end
        puts kept.map(&:last).uniq.inspect
        deadline = now + 10
        sleep(0.01) while kept.count { |client, _| client.weakref_alive? } > 1 && now < deadline
        puts kept.count { |client, _| client.weakref_alive? } <= 1
        exit!(0)
      RUBY
    end

    {
      "an operation that was answered" => ["admin.then { |c| [c, c.list_offsets(LATEST).wait.offsets.size] }", "[1]"],
      "an operation whose handle nobody has" => ["admin(**FAILING).then { |c| c.list_offsets(LATEST) && [c, 0] }",
                                                 "[0]"],
      "a delivery callback that was called" => [<<~RUBY, "[0]"],
        calls = Queue.new
        client = producer
        client.delivery_callback = ->(report) { calls << report.error }
        client.produce(topic: TOPIC, payload: "1")
        [client, calls.pop(timeout: 20)]
      RUBY
      "a transaction" => [<<~RUBY, "[true]"],
        client = producer("transactional.id": rand.to_s)
        client.init_transactions
        client.begin_transaction
        client.produce(topic: TOPIC, payload: "1")
        [client, client.commit_transaction]
      RUBY
      "a transaction call that was interrupted" => [<<~RUBY, '["Timeout::Error"]'],
        client = producer(**FAILING, "transactional.id": rand.to_s, "transaction.timeout.ms": 1_000)
        [client, outcome { Timeout.timeout(0.1) { client.init_transactions } }]
      RUBY
      "a fiber that has waited" => ["consumer_of(TOPIC).then { |c| [c, Sync { c.poll(20_000).payload }] }", '["0"]'],
      "a fiber that was stopped" => [<<~RUBY, "[:stopped]"]
        client = consumer_of(TOPIC + "-none")
        Sync { |task| task.async { client.poll(-1) }.tap { sleep(0.05) }.stop }
        [client, :stopped]
      RUBY
    }.each do |work, (script, given)|
      it "frees them: #{work}", **(work.include?("fiber") ? { gem: "async" } : {}) do
        topic = new_topic
        publish(topic, "0")

        expect(run_collecting(script, topic: topic)).to print_lines(given, "true")
      end
    end
  end

  it "does not collect what callbacks need while a client lives" do
    outcome = run_child(<<~RUBY, topic: new_topic)
      reports = Queue.new
      client = producer("statistics.interval.ms": 20)
      client.delivery_callback = ->(report, handle) { reports << [report.offset, handle.label] }
      Rdkafka::Config.statistics_callback = ->(_) { GC.start }
      200.times do |number|
        client.produce(topic: TOPIC, payload: "1", partition: 0, label: number)
        GC.start(full_mark: false)
      end
      puts Array.new(200) { reports.pop } == Array.new(200) { |number| [number, number] }
      exit!(0)
    RUBY

    expect(outcome).to print_lines("true")
  end

  describe "during", :gc do
    it "producing with everything there is" do
      made = producer
      topic = new_topic(partitions: 3)
      handles = Array.new(5) do |number|
        made.produce(
          topic: topic, payload: "payload #{number}", key: "key #{number}", partition_key: "p", label: number,
          headers: { "a" => "1", b: [1, nil, "x" * 100] }, timestamp: Time.at(number), topic_config: { acks: 1 }
        )
      end

      expect(handles.map { |handle| handle.wait.label }).to eq([*0...5])
    end

    it "waiting for many deliveries, beside delivery callbacks" do
      made = producer
      topic = new_topic
      seen = Queue.new
      made.delivery_callback = ->(report) { seen << report }
      handles = Array.new(5) { |number| made.produce(topic: topic, payload: "1", label: ("l1" if number.odd?)) }
      found = Rdkafka::Producer.wait_all(handles)
      made.delivery_callback = ->(report, handle) { seen << report << handle }
      handle = made.produce(topic: topic, payload: "2", label: "l2").tap(&:wait)

      expect(found.reports.map(&:label)).to eq([nil, "l1", nil, "l1", nil])
      expect(Array.new(6) { seen.pop.label }).to eq([nil, "l1", nil, "l1", nil, "l2"])
      expect(seen.pop).to equal(handle)
      GC.verify_internal_consistency
    end

    it "polling, one by one and in batches" do
      topic = new_topic
      made = producer
      10.times { |number| made.produce(topic: topic, payload: number.to_s, headers: { "a" => %w[1 2] }, key: "k") }
      made.flush
      reader = consumer
      list = Rdkafka::Consumer::TopicPartitionList.new
      list.add_topic(topic, 1)
      reader.assign(list)
      got = []
      got << reader.poll(1_000) while got.compact.size < 5
      got.concat(reader.poll_batch(1_000)) while got.compact.size < 10

      expect(got.compact.map(&:payload)).to eq([*0...10].map(&:to_s))
      expect(got.compact.map(&:headers).uniq).to eq([{ "a" => %w[1 2] }])
    end

    it "converting lists with metadata", defect: 13, statement: 101 do
      topic = new_topic(partitions: 3)
      reader = consumer
      list = Rdkafka::Consumer::TopicPartitionList.new
      partitions = Array.new(3) { |n| Rdkafka::Consumer::Partition.new(n, n + 1, 0, "metadata #{n}") }
      list.add_topic_and_partitions_with_offsets(topic, partitions)
      reader.commit(list)

      expect(reader.committed(list).to_h[topic].map(&:metadata)).to eq(["metadata 0", "metadata 1", "metadata 2"])
      expect(reader.committed(list)).to eq(list)
    end

    it "statistics" do
      seen = Queue.new
      Rdkafka::Config.statistics_callback = ->(statistics) { seen << statistics }
      # Under stress they take long to handle: more often, they would never stop coming.
      made = config("statistics.interval.ms": 2_000).producer(run_polling_thread: false)
      eventually { made.events_poll_nb_each { :stop } || !seen.empty? }

      expect(seen.pop).to include("name" => made.name, "type" => "producer")
    ensure
      Rdkafka::Config.statistics_callback = nil
      made&.close
    end

    it "errors" do
      reader = consumer("enable.partition.eof": true)
      topic = new_topic
      list = Rdkafka::Consumer::TopicPartitionList.new
      list.add_topic(topic, 1)
      reader.assign(list)

      expect { loop { reader.poll(1_000) } }.to raise_error(Rdkafka::RdkafkaError) { |error|
        expect(error.details).to eq({ partition: 0, offset: 0, topic: topic.b })
      }
    end
  end

  # Mock clusters take up to a second for each call.
  PublicCalls.kinds.except(:cluster).each_key do |name|
    it "moves objects during all calls of #{name.to_s.tr("_", " ")} without harm", **PublicCalls.needs(name) do
      outcome = run_child(<<~RUBY, topic: new_topic, name: name)
        require "support/public_calls"
        fill(TOPIC, 10)
        PublicCalls.prepare
        Thread.new { loop { GC.compact && sleep(0.005) } }
        PublicCalls.kinds.fetch(NAME).call_all(0.003)
        puts "done"
        exit!(0)
      RUBY

      expect(outcome).to print_lines("done")
    end
  end

  it "moves objects between operations without harm" do
    topic = new_topic
    made = producer
    reader = consumer
    list = Rdkafka::Consumer::TopicPartitionList.new
    list.add_topic(topic, 1)
    reader.assign(list)
    delivered = Queue.new
    made.delivery_callback = ->(report, handle) { delivered << [report.offset, handle.label] }

    20.times do |number|
      handle = made.produce(topic: topic, payload: "payload #{number}", headers: { "n" => number }, label: "l#{number}")
      GC.compact
      expect(handle.wait.offset).to eq(number)
      expect(delivered.pop).to eq([number, "l#{number}"])
      message = within(20) { reader.poll(-1) }
      GC.compact
      expect([message.payload, message.headers]).to eq(["payload #{number}", { "n" => number.to_s }])
    end
  end

  it "moves a client whose handles are held between its messages" do
    outcome = run_child(<<~RUBY, topic: new_topic)
      def compact = GC.verify_compaction_references(expand_heap: true, toward: :empty)
      client = producer("linger.ms": 60_000)
      # On a stack of its own, which no reference to the client is left on.
      kept = Thread.new do
        client.produce(topic: TOPIC, payload: "1").tap { client.flush }
      end.value
      compact
      late = client.produce(topic: TOPIC, payload: "2")
      2.times { compact }
      puts kept.pending?, late.pending?
      client.flush
      puts late.wait.offset
    RUBY

    expect(outcome).to print_lines("false", "true", 1)
  end

  it "leaves the memory of a producer and a consumer flat" do
    outcome = run_child(<<~RUBY, seconds: 60, environment: ChildProcess::MEASURED, topic: new_topic)
      def memory = File.read("/proc/self/statm").split[1].to_i * 4
      client = producer
      reader = consumer_of(TOPIC)
      payload = "x" * 100
      round = lambda do
        500.times { client.produce(topic: TOPIC, payload: payload, headers: { "a" => "b" }, key: "k", partition: 0) }
        client.flush
        got = 0
        got += reader.poll_batch(1_000).size while got < 500
      end
      40.times { round.call }
      GC.start
      before = memory
      60.times { round.call }
      GC.start
      grown = memory - before
      warn "grown by \#{grown} kB"
      puts grown < 25_000
    RUBY

    expect(outcome).to print_lines("true")
  end
end
