# frozen_string_literal: true

# The limit for the number of threads does not hold for root: such a script goes on as nobody.
RSpec.describe "Scarcity", file: "/proc/self/fd" do
  def run_scarcely(script, **)
    run_child(<<~RUBY, **)
      def limited(resource, limit)
        former, hard = Process.getrlimit(resource)
        Process.setrlimit(resource, limit, hard)
        yield
      ensure
        Process.setrlimit(resource, former, hard)
      end

      def without_descriptors
        GC.start
        limited(:NOFILE, Dir.children("/proc/self/fd").map(&:to_i).max + 1) do
          held = []
          begin
            loop { held << File.open(IO::NULL) }
          rescue Errno::EMFILE
            yield
          ensure
            held.each(&:close)
          end
        end
      end

      # No place of its own is asked for in /proc afterwards but the threads' names: the rest stays root's.
      def without_threads(&)
        Process::UID.change_privilege(65_534) if Process.uid.zero?
        limited(:NPROC, 0, &)
      end

      def outcome
        yield.class
      rescue StandardError => e
        [e.class, e.message].join(" ")
      end

      LATEST = { TOPIC => [{ partition: 0, offset: :latest }] }
      #{script}
    RUBY
  end

  { "descriptors" => ["without_descriptors", /\ARuntimeError .*Too many open files/],
    "threads" => ["without_threads", /\ARuntimeError .*temporarily unavailable/] }.each do |what, (scarcely, refusal)|
    it "of #{what} when the first operation is begun is no lasting failure" do
      result = run_scarcely(<<~RUBY, topic: new_topic)
        client = admin
        puts #{scarcely} { outcome { client.list_offsets(LATEST) } }
        puts client.list_offsets(LATEST).wait.offsets.size
        client.close
      RUBY

      expect([result.ending, result.lines[1..]]).to eq([0, ["1"]])
      expect(result.lines[0]).to match(refusal)
    end

    it "of #{what} keeps no client from being asked and closed" do
      result = run_scarcely(<<~RUBY, topic: new_topic)
        clients = [consumer_of(TOPIC), producer, admin, consumer_of(TOPIC)]
        reader, *, manager, _ = clients
        list = reader.assignment
        ask = -> { [reader.committed(list).count, manager.metadata(TOPIC).topics.size] }
        # Connects, then waits until there is no thread left that could do the next work.
        clients[1].produce(topic: TOPIC, payload: "1").wait
        ask.call
        sleep(0.01) until native_threads("karafka-call").empty?
        #{scarcely} do
          puts ask.call, clients.map { |client| outcome { client.close } }
        end
        puts clients.all?(&:closed?)
      RUBY

      expect(result).to print_lines(1, 1, "NilClass", "NilClass", "NilClass", "NilClass", "true")
    end
  end

  it "of threads when a transaction call is made is no lasting failure" do
    result = run_scarcely(<<~RUBY, topic: new_topic)
      client = producer("transactional.id": TOPIC)
      puts without_threads { outcome { client.init_transactions } }
      puts client.init_transactions.inspect
      client.close
    RUBY

    expect([result.ending, result.lines.size]).to eq([0, 2])
    expect(result.lines[0]).to match(/\ARuntimeError .*temporarily unavailable/)
  end

  it "of threads when clients are collected leaves them to the next time" do
    result = run_scarcely(<<~RUBY, topic: new_topic)
      GC.disable # until the limit is set
      Thread.new { 4.times { consumer("bootstrap.servers": UNREACHABLE) } }.join
      clients = 4
      sleep(0.01) until native_threads("rdk:main").size == clients # named by themselves
      without_threads { 3.times { GC.start } }
      puts native_threads("rdk:main").size == clients
      deadline = now + 10
      until native_threads("rdk:main").size < clients || now > deadline
        consumer("bootstrap.servers": UNREACHABLE).close
        GC.start
      end
      puts native_threads("rdk:main").size < clients
      exit!(0)
    RUBY

    expect(result).to print_lines("true", "true")
  end

  it "of descriptors refuses a mock cluster, where librdkafka would end the process" do
    result = run_scarcely(<<~RUBY, topic: new_topic)
      puts without_descriptors { outcome { KarafkaNative::MockCluster.new } }
      KarafkaNative::MockCluster.new(&:bootstrap_servers)
      puts "alive"
    RUBY

    expect([result.ending, result.lines.last]).to eq([0, "alive"])
    expect(result.lines.first).to match(/\ARuntimeError 19 descriptors are needed .*Too many open files/)
  end

  it "of threads refuses a mock cluster" do
    result = run_scarcely(<<~RUBY, topic: new_topic)
      puts without_threads { outcome { KarafkaNative::MockCluster.new(brokers: 3) } }
      KarafkaNative::MockCluster.new(&:bootstrap_servers)
      puts "alive"
    RUBY

    expect([result.ending, result.lines.last]).to eq([0, "alive"])
    expect(result.lines.first).to match(/\ARuntimeError 11 threads are needed .*temporarily unavailable/)
  end

  {
    "polls" => ["READER.poll(200).inspect", "nil"], "commits" => ["READER.commit(READER.position).inspect", "nil"],
    "committed offsets" => ["READER.committed.count", "1"], "share consumers" => ["MEMBER.poll(200).size", "0"]
  }.each do |what, (call, found)|
    it "of descriptors lets fibers wait all the same: #{what}", :share_groups, gem: "async" do
      result = run_scarcely(<<~RUBY, topic: new_topic)
        require "async"
        fill(TOPIC, 1)
        READER = consumer_of(TOPIC, "enable.auto.commit": false)
        READER.poll(20_000)
        READER.commit
        MEMBER = share_consumer("\#{TOPIC}-empty") # has to wait
        MEMBER.poll(0)
        ticks = 0
        found = Sync do |task|
          ticker = task.async { loop { sleep(0.001) && (ticks += 1) } }
          without_descriptors { #{call} }
        ensure
          ticker.stop
        end
        # What is answered at once leaves no time for a tick.
        puts found, ticks.positive? || #{!call.include?("poll")}
        exit!(0)
      RUBY

      expect(result).to print_lines(found, "true")
    end
  end
end
