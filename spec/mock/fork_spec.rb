# frozen_string_literal: true

RSpec.describe "Forking" do
  it "leaves clients of the parent closed in the child, usable in the parent, and the child ends well",
    statement: [1, 96] do
    outcome = run_child(<<~RUBY, topic: new_topic)
      fill(TOPIC, 1)
      clients = { consumer: consumer_of(TOPIC), producer: producer, admin: admin }
      clients[:consumer].poll(20_000)
      started = now
      pid = fork do
        results = [
          clients.each_value.map(&:closed?), clients.each_value.map(&:close),
          finish(Thread.new { clients[:consumer].poll(0) }), finish(Thread.new { clients[:consumer].assignment }),
          finish(Thread.new { clients[:producer].produce(topic: TOPIC, payload: "1") }),
          finish(Thread.new { clients[:producer].flush }), finish(Thread.new { clients[:admin].create_topic("t", 1, 1) }),
          finish(Thread.new { clients[:consumer].events_poll }), finish(Thread.new { clients[:consumer].start })
        ]
        puts results.inspect
      end
      Process.wait(pid)
      puts $?.exitstatus.inspect, now - started < 15
      puts clients[:producer].produce(topic: TOPIC, payload: "2").wait.offset
      puts clients[:consumer].poll(20_000).payload
      puts clients.each_value.map(&:closed?).inspect
    RUBY

    closed = %w[consumer producer admin].to_h { |kind| [kind, "Rdkafka::Closed#{kind.capitalize}Error"] }
    results = "[[true, true, true], [nil, nil, nil], #{closed["consumer"]}, #{closed["consumer"]}, " \
              "#{closed["producer"]}, #{closed["producer"]}, #{closed["admin"]}, Rdkafka::ClosedInnerError, " \
              "Rdkafka::ClosedInnerError]"
    expect(outcome).to print_lines(results, 0, "true", 1, "2", "[false, false, false]")
  end

  it "harms nobody when the child collects what it inherited", defect: 13, statement: [1, 4] do
    outcome = run_child(<<~RUBY, topic: new_topic)
      fill(TOPIC, 10)
      clients = [consumer_of(TOPIC), producer, admin]
      message = clients[0].poll(20_000)
      handles = Array.new(10) { clients[1].produce(topic: TOPIC, payload: "x") }
      list = clients[0].list_offsets({ TOPIC => [{ partition: 0, offset: :latest }] })
      pid = fork do
        clients = handles = list = message = nil
        3.times { GC.start }
      end
      Process.wait(pid)
      puts $?.inspect[/exit \\d+|SIG\\w+/]
      puts clients[1].flush, handles.map { |handle| handle.wait.offset }.sort == [*10...20], clients[0].poll(20_000).payload
      puts list.wait.offsets.size
    RUBY

    expect(outcome).to print_lines("exit 0", "true", "true", "1", 1)
  end

  it "lets the child exit at once although the parent has undelivered messages", statement: 96 do
    outcome = run_child(<<~RUBY)
      client = producer("bootstrap.servers": UNREACHABLE)
      handle = client.produce(topic: "t", payload: "1")
      started = now
      Process.wait(fork { exit(7) })
      puts $?.exitstatus, now - started < 10, handle.pending?
      client.purge
    RUBY

    expect(outcome).to print_lines(7, "true", "true")
  end

  describe "and handles of the parent" do
    it "tells the child at once that those which are pending will never complete" do
      outcome = run_child(<<~RUBY)
        clients = [producer("bootstrap.servers": UNREACHABLE), admin("bootstrap.servers": UNREACHABLE)]
        delivery = clients[0].produce(topic: "t", payload: "1")
        operation = clients[1].create_topic("t", 1, 1)
        Process.wait(fork do
          puts finish(Thread.new { delivery.wait(max_wait_timeout_ms: nil) })
          puts finish(Thread.new { Rdkafka::Producer.wait_all([delivery], max_wait_timeout_ms: nil) })
          puts finish(Thread.new { operation.wait(max_wait_timeout_ms: nil) })
          puts delivery.pending?, operation.pending?, delivery.create_result.offset, operation[:response]
          # The application may still end the wait.
          [delivery, operation].each(&:unlock)
          puts finish(Thread.new { delivery.wait(max_wait_timeout_ms: nil, raise_response_error: false).offset })
        end)
        puts delivery.pending?
        clients[0].purge
        # Its request would delay the exit.
        exit!(0)
      RUBY

      closed = %w[Producer Producer Admin].map { |kind| "Rdkafka::Closed#{kind}Error" }
      expect(outcome).to print_lines(*closed, "true", "true", -1, -1, -1, "true")
    end

    it "lets the child wait although threads of the parent were waiting" do
      outcome = run_child(<<~RUBY)
        client = producer("bootstrap.servers": UNREACHABLE)
        delivery = client.produce(topic: "t", payload: "1")
        own = Rdkafka::Producer::DeliveryHandle.new
        [delivery, own].each do |handle|
          2.times do
            Thread.new do
              handle.wait(max_wait_timeout_ms: 1)
            rescue Rdkafka::AbstractHandle::WaitTimeoutError
              retry
            end
          end
        end
        statuses = Array.new(15) do
          pid = fork do
            begin
              delivery.wait(max_wait_timeout_ms: nil)
            rescue Rdkafka::ClosedProducerError
              delivery.unlock
            end
            waiter = Thread.new { own.wait(max_wait_timeout_ms: nil, raise_response_error: false) }
            begin
              own.wait(max_wait_timeout_ms: 1)
            rescue Rdkafka::AbstractHandle::WaitTimeoutError
              own.unlock
            end
            waiter.join
            exit!(0)
          end
          killer = Thread.new { sleep(20) && Process.kill(:KILL, pid) }
          Process.wait(pid)
          killer.kill
          $?.exitstatus.inspect
        end
        puts statuses.tally.to_a.inspect
        client.purge
      RUBY

      expect(outcome).to print_lines('[["0", 15]]')
    end

    it "gives the child the results of those that are done" do
      outcome = run_child(<<~RUBY, topic: new_topic)
        delivery = producer.produce(topic: TOPIC, payload: "1", partition: 0)
        operation = consumer.list_offsets({ TOPIC => [{ partition: 0, offset: :latest }] })
        sleep(0.001) while delivery.pending? || operation.pending?
        Process.wait(fork do
          puts delivery.wait.offset, operation.wait.offsets.size
          puts Rdkafka::Producer.wait_all([delivery]).failed.inspect
        end)
      RUBY

      expect(outcome).to print_lines(0, 1, "[]")
    end

    it "lets the child wait for its own" do
      outcome = run_child(<<~RUBY)
        Process.wait(fork do
          made = producer("bootstrap.servers": UNREACHABLE)
          puts finish(Thread.new { made.produce(topic: "t", payload: "1").wait(max_wait_timeout_ms: 1) })
          made.purge
        end)
      RUBY

      expect(outcome).to print_lines("Rdkafka::AbstractHandle::WaitTimeoutError")
    end
  end

  describe "and new clients in the child" do
    it "produce, with delivery callbacks", statement: 1 do
      producer.produce(topic: (topic = new_topic), payload: "parent").wait
      reported, offset = in_fork do
        reports = Queue.new
        made = config.producer
        made.delivery_callback = ->(report) { reports << report.offset }
        offset = made.produce(topic: topic, payload: "child").wait.offset
        outcome = [reports.pop, offset]
        made.close
        outcome
      end

      expect([reported, offset]).to eq([1, 1])
    end

    it "consume, also as members of a group" do
      outcome = run_child(<<~RUBY, topic: new_topic)
        fill(TOPIC, 3)
        parent = consumer_of(TOPIC)
        parent.poll(20_000)
        Process.wait(fork do
          child = consumer
          child.subscribe(TOPIC)
          got = []
          got.concat(child.poll_batch(100)) while got.size < 3
          puts got.map(&:payload).inspect
          child.commit
          child.close
        end)
        puts $?.exitstatus, parent.poll(20_000).payload
      RUBY

      expect(outcome).to print_lines('["0", "1", "2"]', 0, "1")
    end

    it "run admin operations", statement: 3 do
      topic = new_topic
      admin # the reactor has its thread in the parent
      consumer.list_offsets({ topic => [{ partition: 0, offset: :latest }] }).wait
      listed = in_fork do
        made = config("group.id": "group").consumer
        offsets = made.list_offsets({ topic => [{ partition: 0, offset: :latest }] }).wait.offsets
        made.close
        offsets.first[:offset]
      end

      expect(listed).to eq(0)
    end

    it "are closed when the child exits", statement: [94, 96] do
      outcome = run_child(<<~RUBY, topic: new_topic)
        parent = producer
        Process.wait(fork { producer("linger.ms": 500).produce(topic: TOPIC, payload: "child") })
        puts $?.exitstatus, parent.produce(topic: TOPIC, payload: "parent").wait.offset
      RUBY

      expect(outcome).to print_lines(0, 1)
    end

    it "write logs", statement: 2 do
      lines = in_fork do
        log = StringIO.new
        Rdkafka::Config.logger = Logger.new(log)
        made = config(debug: "all").producer
        made.produce(topic: "nothing", payload: "1")
        made.flush
        made.close
        eventually { log.string.lines.size >= 20 }
        log.string.lines.size
      end

      expect(lines).to be >= 20
    end

    it "work although other threads were in the middle of all kinds of calls" do
      outcome = run_child(<<~RUBY, seconds: 60, topic: new_topic)
        fill(TOPIC, 1_000)
        shared = [consumer_of(TOPIC), producer]
        threads = [
          Thread.new { loop { shared[0].poll(1) } },
          Thread.new { loop { shared[0].poll(5_000) } },
          Thread.new { loop { shared[0].list_offsets({ TOPIC => [{ partition: 0, offset: :latest }] }).wait } },
          Thread.new { loop { shared[1].produce(topic: TOPIC, payload: "1").wait } },
          Thread.new { loop { shared[1].flush(10) } },
          Thread.new { loop { config.producer.close } }
        ]
        statuses = Array.new(15) do
          sleep(0.01)
          pid = fork do
            writer = producer
            abort("no delivery") unless writer.produce(topic: TOPIC, payload: "child").wait(max_wait_timeout_ms: 20_000)
            reader = consumer_of(TOPIC)
            abort("no message") unless reader.poll(20_000)
            reader.list_offsets({ TOPIC => [{ partition: 0, offset: :latest }] }).wait(max_wait_timeout_ms: 20_000)
            [reader, writer].each(&:close)
          end
          killer = Thread.new { sleep(25) && Process.kill(:KILL, pid) }
          Process.wait(pid)
          killer.kill
          $?.exitstatus.inspect
        end
        threads.each(&:kill).each(&:join)
        puts statuses.tally.to_a.inspect
      RUBY

      expect(outcome).to print_lines('[["0", 15]]')
    end

    it "can be made in a child of a child" do
      topic = new_topic
      expect(in_fork { in_fork { config.producer.produce(topic: topic, payload: "1").wait.offset } }).to eq(0)
    end

    it "can be made by many threads at once" do
      outcome = run_child(<<~RUBY, topic: new_topic)
        producer.close
        Process.wait(fork do
          made = Array.new(8) { Thread.new { [producer, consumer_of(TOPIC)] } }.flat_map(&:value)
          puts made.grep(Rdkafka::Producer).map { |client| client.produce(topic: TOPIC, payload: "1").wait.offset }.sort.inspect
          made.grep(Rdkafka::Consumer).each { |client| client.list_offsets({ TOPIC => [{ partition: 0, offset: :latest }] }).wait }
        end)
        puts $?.exitstatus
      RUBY

      expect(outcome).to print_lines([*0...8].inspect, 0)
    end
  end

  it "works when a child is made inside a callback" do
    outcome = run_child(<<~RUBY, topic: new_topic)
      client = producer
      status = Queue.new
      client.delivery_callback = lambda do |_|
        Process.wait(fork { puts producer.produce(topic: TOPIC, payload: "child").wait.offset })
        status << $?.exitstatus
      end
      client.produce(topic: TOPIC, payload: "parent").wait
      puts status.pop
    RUBY

    expect(outcome).to print_lines(1, 0)
  end

  # What Karafka's supervisor and Puma do before they fork: it collects, promotes and moves every object.
  it "works after Process.warmup, with callbacks, in the parent and in the child" do
    outcome = run_child(<<~RUBY, topic: new_topic)
      made = lambda do
        producer.tap { |client| client.delivery_callback = ->(report) { puts report.offset } }
      end
      client = made.call
      reading = consumer_of(TOPIC)
      handle = client.produce(topic: TOPIC, payload: "before", partition: 0)
      Process.warmup
      handle.wait
      Process.wait(fork { made.call.tap { |own| own.produce(topic: TOPIC, payload: "child", partition: 0).wait }.close })
      client.produce(topic: TOPIC, payload: "parent", partition: 0).wait
      payloads = []
      payloads.concat(reading.poll_batch(1_000).map(&:payload)) while payloads.size < 3
      puts payloads.inspect, $?.exitstatus
    RUBY

    expect(outcome).to print_lines(0, 1, 2, %w[before child parent].inspect, 0)
  end
end
