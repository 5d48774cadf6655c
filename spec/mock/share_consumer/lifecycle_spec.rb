# frozen_string_literal: true

# Making, closing, forking, collecting and leaving open.
RSpec.describe Rdkafka::ShareConsumer, :share_groups do
  let(:topic) { share_topic }
  let(:group) { unique_name("group") }

  prelude = <<~RUBY
    def member(group, topic, mode = "implicit", **options)
      made = config("group.id": group, "share.acknowledgement.mode": mode, "fetch.wait.max.ms": 50, **options)
      made.share_consumer.tap { |consumer| consumer.subscribe(topic) }
    end

    def records(consumer)
      deadline = now + 20
      found = []
      found = consumer.poll(100) while found.empty? && now < deadline
      found
    end
  RUBY

  define_method(:run_member) do |script, **options|
    KafkaClients.cluster.start_share_groups_at(:earliest)
    run_child(prelude + script, topic: topic, group: group, **options)
  end

  it "is closed in time also when its first assignment comes at that moment" do
    outcome = run_member(<<~RUBY, seconds: 60)
      150.times do |number|
        consumer = member("\#{GROUP}-\#{number}", TOPIC, "socket.timeout.ms": 500)
        consumer.poll(number % 5)
        consumer.close
      end
      puts "closed"
    RUBY

    expect([outcome.lines, outcome.ending]).to eq([["closed"], 0])
  end

  describe "its configuration" do
    it "needs a group", defect: 23 do
      [{}, { "group.id": "" }, { "group.id": nil }].each do |options|
        expect { config(**options).share_consumer }.to raise_error(Rdkafka::Config::ConfigError, /group\.id/)
      end
    end

    it "knows two modes", defect: 24 do
      ["foo", "EXPLICIT", nil, ""].each do |mode|
        expect { config("group.id": "g", "share.acknowledgement.mode": mode).share_consumer }
          .to raise_error(Rdkafka::Config::ConfigError, /share\.acknowledgement\.mode/)
      end
      made = config("group.id": group, "share.acknowledgement.mode": "foo")
      made["share.acknowledgement.mode"] = :explicit
      expect(closing(made.share_consumer).name).to match(/\Ardkafka#consumer-\d+\z/)
    end

    it "has no rebalance listener", statement: 139 do
      made = config
      made.consumer_rebalance_listener = Object.new
      expect { made.share_consumer }.to raise_error(
        Rdkafka::Config::ConfigError, "`consumer_rebalance_listener` is not supported for share consumers"
      )
    end

    {
      "enable.auto.commit": false, "partition.assignment.strategy": "range", "group.instance.id": "i",
      "auto.offset.reset": "earliest", "isolation.level": "read_committed", "enable.partition.eof": true
    }.each do |option, value|
      it "refuses #{option}", statement: 139 do
        expect { config("group.id": group, option => value).share_consumer }.to raise_error(
          Rdkafka::Config::ClientCreationError, /`#{option}` is not applicable for share consumer/
        )
      end
    end

    it "refuses unknown options" do
      expect { config("group.id": group, "no.such": 1).share_consumer }
        .to raise_error(Rdkafka::Config::ConfigError, 'No such configuration property: "no.such"')
    end
  end

  it "has a name that outlives it" do
    member = share_consumer
    name = member.name
    expect(name.encoding).to eq(Encoding::BINARY)
    member.close
    expect(member.name).to eq(name)
  end

  it "refuses everything once closed, naming the method" do
    member = share_consumer.tap(&:close)
    calls = {
      subscribe: -> { member.subscribe("t") }, unsubscribe: -> { member.unsubscribe },
      subscription: -> { member.subscription }, poll: -> { member.poll }, events_poll: -> { member.events_poll },
      events_poll_nb: -> { member.events_poll_nb }, commit_sync: -> { member.commit_sync },
      commit_async: -> { member.commit_async },
      acknowledge: -> { member.acknowledge(Data.define(:topic, :partition, :offset).new("t", 0, 0)) },
      "acknowledgement_commit_callback=": -> { member.acknowledgement_commit_callback = nil },
      oauthbearer_set_token: -> { member.oauthbearer_set_token(token: "t", lifetime_ms: 1, principal_name: "p") },
      oauthbearer_set_token_failure: -> { member.oauthbearer_set_token_failure("no") }
    }
    calls.each do |name, call|
      expect(&call)
        .to raise_error(Rdkafka::ClosedConsumerError, "Illegal call to #{name} on a closed consumer")
    end
    expect { member.acknowledge(nil, :never) }.to raise_error(ArgumentError)
    expect { member.acknowledgement_commit_callback = 1 }.to raise_error(TypeError)
  end

  it "is known to the callbacks of its client" do
    member = share_consumer
    opaque = member.instance_variable_get(:@callbacks).opaque
    expect(opaque.share_consumer).to be(member)
    opaque.capture_client_name("other")
    expect(member.name).to eq("other")
  end

  it "belongs to the process that made it", statement: [136, 140] do
    publish(topic, "1")
    outcome = run_member(<<~RUBY)
      open = member(GROUP, TOPIC)
      poller = Thread.new { open.poll(-1) }
      asleep(poller)
      started = now
      pid = fork do
        error = begin
          open.poll(0)
        rescue Rdkafka::ClosedConsumerError => e
          e.message
        end
        puts [open.closed?, error, open.close, open.each { raise }, open.name == "rdkafka#consumer-1"].inspect
        own = member(GROUP + "-child", TOPIC)
        puts records(own).size
      end
      Process.wait(pid)
      puts $?.exitstatus, now - started < 15
      puts finish(poller).size
      puts open.commit_sync.nil?, open.closed?
    RUBY
    expect(outcome).to print_lines(
      '[true, "Illegal call to poll on a closed consumer", nil, nil, true]', 1, 0, true, 1, false, false
    )
  end

  # When a connection to it ends, a mock broker ends the share sessions of all clients. So no other client comes and
  # goes while acknowledgements are under way.
  describe "that nobody has any more" do
    let(:collecting) do
      <<~RUBY
        require "weakref"
        # How many of those that the block makes are left.
        def left_of(count)
          references = Queue.new
          count.times { |number| Thread.new { references << WeakRef.new(yield(number)) }.join }
          made = Array.new(count) { references.pop }
          deadline = now + 10
          while made.any?(&:weakref_alive?) && now < deadline
            GC.start
            sleep(0.01)
          end
          made.count(&:weakref_alive?)
        end
      RUBY
    end

    it "is collected, whatever its callback sees", defect: 32, statement: [98, 140] do
      outcome = run_member(<<~RUBY)
        #{collecting}
        left = left_of(8) do |number|
          made = member(GROUP + number.to_s, TOPIC)
          made.acknowledgement_commit_callback = ->(*) { made.name }
          made.tap { made.poll(0) }
        end
        # Some stack may still seem to name one.
        puts left <= 1
      RUBY
      expect(outcome).to print_lines(true)
    end

    it "has its acknowledgements sent", statement: 140 do
      publish(topic, "1", "2")
      outcome = run_member(<<~RUBY)
        #{collecting}
        puts(left_of(1) { member(GROUP, TOPIC, "explicit").tap { |made| made.acknowledge(records(made).first) } })
        puts records(member(GROUP, TOPIC)).map { |record| [record.offset, record.delivery_count] }.inspect
      RUBY
      expect(outcome).to print_lines(0, "[[1, 2]]")
    end
  end

  it "survives stress of the garbage collector" do
    publish(topic, *Array.new(5) { |number| { payload: number.to_s, headers: { "h" => "v" } } })
    outcome = run_member(<<~RUBY, seconds: 60)
      open = member(GROUP, TOPIC, "explicit")
      outcomes = []
      open.acknowledgement_commit_callback = ->(partitions, error) { outcomes << [partitions, error] }
      found = records(open)
      GC.stress = true
      found.each { |record| open.acknowledge(record, :release) }
      open.commit_async
      again = []
      again = open.poll(100) while again.empty?
      GC.stress = false
      puts again.map { |record| [record.payload, record.headers, record.delivery_count] }.uniq.size, outcomes.inspect
    RUBY
    expect(outcome).to print_lines(
      5, [[[{ topic: topic, partition: 0, offsets: [0, 1, 2, 3, 4] }], nil]].inspect
    )
  end

  describe "at the end of the process" do
    it "is closed, and gives back what was not acknowledged", defect: 22, statement: [94, 147] do
      publish(topic, "1", "2")
      outcome = run_member(<<~RUBY, seconds: 20)
        open = member(GROUP, TOPIC, "explicit")
        open.acknowledge(records(open).first)
      RUBY
      expect(outcome.ending).to eq(0)
      expect(deliveries(first_records(share_consumer(group: group, topic: topic)))).to eq([[1, 2]])
    end

    it "does not wait for a poll", defect: 22, statement: 147 do
      outcome = run_member(<<~RUBY, seconds: 20)
        open = member(GROUP, TOPIC)
        asleep(Thread.new { open.poll(-1) })
      RUBY
      expect(outcome.ending).to eq(0)
      expect(outcome.seconds).to be < 10
    end

    it "does not wait for brokers that are gone", defect: 22, statement: 147 do
      outcome = run_member(<<~RUBY, seconds: 20)
        KarafkaNative.exit_timeout_ms = 500
        cluster = KarafkaNative::MockCluster.new
        cluster.start_share_groups_at(:earliest)
        cluster.create_topic("t")
        servers = { "bootstrap.servers": cluster.bootstrap_servers }
        producer(**servers).produce(topic: "t", payload: "1").wait
        open = member("g", "t", **servers)
        puts records(open).size
        cluster.set_round_trip_time(15_000)
      RUBY
      expect(outcome).to print_lines(1)
      expect(outcome.seconds).to be < 12
    end
  end

  it "can be closed in a trap handler while it polls", statement: 140 do
    outcome = run_member(<<~RUBY)
      open = member(GROUP, TOPIC)
      trap(:USR1) { open.close }
      Thread.new { asleep(Thread.main) && Process.kill(:USR1, Process.pid) }
      begin
        puts open.poll(-1).inspect
      rescue Rdkafka::ClosedConsumerError
        puts "[]"
      end
      puts open.closed?
    RUBY
    expect(outcome).to print_lines("[]", true)
  end
end
