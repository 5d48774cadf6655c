# frozen_string_literal: true

RSpec.describe "Native memory", file: "/proc/self/statm" do
  # Runs the block's script in a process of its own and expects that repeating `round` does not make it grow.
  def expect_flat(setup, times:, before: times / 5, limit: 8_000, **)
    outcome = run_child(<<~RUBY, seconds: 60, environment: ChildProcess::MEASURED, times: times, before: before, **)
      def memory = File.read("/proc/self/statm").split[1].to_i * 4
      def refused(*errors)
        yield
        abort "was not refused"
      rescue *errors
        nil
      end

      #{setup}
      BEFORE.times { round.call }
      GC.start
      before = memory
      TIMES.times { round.call }
      GC.start
      puts memory - before
      abort "not everything was resolved" unless Rdkafka::AbstractHandle::REGISTRY.empty?
    RUBY

    expect([outcome.ending, outcome.err.lines.first(3)]).to eq([0, []])
    expect(outcome.out.to_i).to be < limit
  end

  # Options of a topic take several KiB.
  it "is freed when options of a topic are refused", statement: 18 do
    expect_flat(<<~RUBY, times: 5_000)
      client = producer
      round = lambda do
        refused(Rdkafka::Config::ConfigError) { client.produce(topic: "t", topic_config: { "invalid.key": 1 }) }
      end
    RUBY
  end

  it "is taken once for the options of a topic", statement: 18 do
    expect_flat(<<~RUBY, times: 20_000)
      client = producer
      round = -> { client.set_topic_config("t", { acks: 1, "message.timeout.ms": 5_000 }, 77) }
    RUBY
  end

  it "is freed when many deliveries are waited for, with callbacks or without" do
    expect_flat(<<~RUBY, times: 100)
      client = producer
      stranded = producer("bootstrap.servers": UNREACHABLE)
      round = lambda do
        waiting = stranded.produce(topic: "t")
        handles = Array.new(100) { |number| client.produce(topic: "t", payload: "1", label: number) }
        Rdkafka::Producer.wait_all([waiting, *handles], max_wait_timeout_ms: 1).reports
        stranded.purge
        Rdkafka::Producer.wait_all([waiting, *handles]).reports
        client.delivery_callback = ->(_) {}
      end
    RUBY
  end

  it "is freed when a cluster's and a member's id are read", statement: 19 do
    expect_flat(<<~RUBY, times: 50_000)
      client = consumer
      client.cluster_id(20_000) or abort "no id"
      round = -> { 4.times { client.cluster_id && client.member_id } }
    RUBY
  end

  it "is freed when metadata was read or refused", statement: 20 do
    expect_flat(<<~RUBY, times: 1_000, topic: new_topic(partitions: 100))
      client = producer("allow.auto.create.topics": false)
      round = lambda do
        client.metadata(TOPIC).topics.first[:partition_count] == 100 or abort "no partitions"
        refused(Rdkafka::RdkafkaError) { client.metadata("missing") }
      end
    RUBY
  end

  # Each list would leave 10 KiB behind.
  { "an offset" => ['"5"', '"m" * 10_000', "TypeError"],
    "metadata" => %w[5 5 NoMethodError] }.each do |what, (offset, metadata, error)|
    it "is freed when a list cannot be converted because of #{what}", statement: 21 do
      expect_flat(<<~RUBY, times: 10_000)
        client = consumer
        partitions = [[0, 1, "m" * 10_000], [1, #{offset}, #{metadata}]].map do |number, offset, metadata|
          Rdkafka::Consumer::Partition.new(number, offset, 0, metadata)
        end
        list = Rdkafka::Consumer::TopicPartitionList.new("t" => partitions)
        round = -> { refused(#{error}) { client.assign(list) } }
      RUBY
    end
  end

  it "is freed when offsets cannot be asked for", statement: 17 do
    expect_flat(<<~RUBY, times: 10_000)
      client = admin
      good = Array.new(100) { |number| { partition: number, offset: :latest } }
      round = lambda do
        refused(ArgumentError) { client.list_offsets({ "t" => [*good, { partition: 0, offset: :middle }] }) }
        refused(KeyError) { client.list_offsets({ "t" => [*good, { partition: 0 }] }) }
        refused(TypeError) { client.list_offsets({ "t" => good, nil => good }) }
      end
    RUBY
  end

  it "is freed when the result of an operation was read", statement: 22 do
    expect_flat(<<~RUBY, times: 1_500, topic: new_topic(partitions: 20))
      client = admin
      request = { TOPIC => Array.new(20) { |number| { partition: number, offset: :latest } } }
      round = -> { client.list_offsets(request).wait.offsets.size == 20 or abort "not all" }
    RUBY
  end

  # Mock clusters take up to a second for each call.
  PublicCalls.kinds.except(:cluster).each_key do |name|
    it "is freed whatever is called of #{name.to_s.tr("_", " ")}", **PublicCalls.needs(name) do
      expect_flat(<<~RUBY, before: 5, times: 5, limit: 16_000, topic: new_topic, name: name)
        require "support/public_calls"
        fill(TOPIC, 10)
        PublicCalls.prepare
        round = -> { PublicCalls.kinds.fetch(NAME).call_all(0.003) }
      RUBY
    end
  end
end
