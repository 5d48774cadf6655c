# frozen_string_literal: true

require "timeout"

RSpec.describe "Calls that wait for a broker" do
  # Each of them would wait for a minute, or longer.
  let(:calls) do
    <<~RUBY
      Interruption = Class.new(StandardError)
      options = { "bootstrap.servers": UNREACHABLE }
      reader = consumer(**options)
      writer = producer(**options)
      manager = admin(**options)
      list = Rdkafka::Consumer::TopicPartitionList.new
      list.add_topic_and_partitions_with_offsets("t", { 0 => 1 })
      calls = {
        committed: -> { reader.committed(list, 60_000) },
        commit: -> { reader.commit(list) },
        query_watermark_offsets: -> { reader.query_watermark_offsets("t", 0, 60_000) },
        offsets_for_times: -> { reader.offsets_for_times(list, 60_000) },
        lag: -> { reader.lag(list, 60_000) },
        cluster_id: -> { reader.cluster_id(60_000) },
        metadata: -> { reader.metadata("t", 60_000) },
        producer_metadata: -> { writer.metadata(nil, 60_000) },
        admin_metadata: -> { manager.metadata(nil, 60_000) }
      }
    RUBY
  end

  # Far below the minute that the calls would take.
  let(:soon) { 25 }

  { "Thread#raise" => ["raise(Interruption)", "Interruption"], "Thread#kill" => %w[kill nil] }
    .each do |way, (interrupt, result)|
    it "are ended by #{way}, and the process ends", defect: [16, 17, 22], statement: [146, 147] do
      outcome = run_child(<<~RUBY, seconds: 60)
        KarafkaNative.exit_timeout_ms = 200
        #{calls}
        calls.each do |name, call|
          thread = Thread.new(&call)
          asleep(thread)
          thread.#{interrupt}
          puts "\#{name} \#{finish(thread).inspect}"
        end
        puts reader.poll(0).inspect, writer.queue_size.class, manager.closed?
      RUBY

      names = %w[committed commit query_watermark_offsets offsets_for_times lag cluster_id metadata
                 producer_metadata admin_metadata]
      expect(outcome).to print_lines(*names.map { |name| "#{name} #{result}" }, "nil", "Integer", "false")
      expect(outcome.seconds).to be < soon
    end
  end

  it "are ended by Timeout" do
    outcome = run_child(<<~RUBY, seconds: 60)
      KarafkaNative.exit_timeout_ms = 0
      #{calls}
      calls.each do |name, call|
        Timeout.timeout(0.1) { call.call }
      rescue Timeout::Error
        puts name
      end
    RUBY

    expect(outcome.lines.size).to eq(9)
    expect([outcome.ending, outcome.seconds]).to match([0, be < soon])
  end

  it "are ended by SIGINT" do
    outcome = run_child(<<~RUBY, seconds: 60)
      KarafkaNative.exit_timeout_ms = 0
      #{calls}
      calls.each do |name, call|
        Thread.new { asleep(Thread.main) && Process.kill("INT", Process.pid) }
        call.call
      rescue Interrupt
        puts name
      end
    RUBY

    expect(outcome.lines.size).to eq(9)
    expect([outcome.ending, outcome.seconds]).to match([0, be < soon])
  end

  it "do not delay the end of the process", defect: [22, 28], statement: 147 do
    outcome = run_child(<<~RUBY, seconds: 60)
      Thread.report_on_exception = false
      KarafkaNative.exit_timeout_ms = 200
      #{calls}
      calls.each_value { |call| asleep(Thread.new(&call)) }
      puts "end"
    RUBY

    expect(outcome).to print_lines("end")
    expect(outcome.seconds).to be < soon
  end

  it "do not keep a consumer from leaving its group at the end of the process", statement: [94, 147] do
    outcome = run_child(<<~RUBY, topic: new_topic)
      Thread.report_on_exception = false
      listener = Object.new
      def listener.on_partitions_assigned(_) = $assigned = true
      def listener.on_partitions_revoked(_) = puts("revoked")
      client = consumer(listener: listener)
      client.subscribe(TOPIC)
      client.poll(50) until $assigned
      asleep(Thread.new { client.query_watermark_offsets("unknown", 0, 60_000) })
    RUBY

    expect(outcome).to print_lines("revoked")
    expect(outcome.seconds).to be < soon
  end

  it "are waited for by close, also when they were left", statement: [7, 146] do
    made = consumer("bootstrap.servers": "127.0.0.1:1")
    thread = blocked { made.query_watermark_offsets("t", 0, 1_000) }
    thread.kill.join(10)

    expect(within(20) { made.close }).to be_nil
    expect(made).to be_closed
  end

  # librdkafka keeps an offset that nobody takes for as long as a session lasts.
  it "let close end after an interrupted commit", statement: 146 do
    made = consumer("bootstrap.servers": "127.0.0.1:1", "session.timeout.ms": 1_000)
    expect { Timeout.timeout(0.1) { made.commit(partition_list("t" => { 0 => 1 })) } }.to raise_error(Timeout::Error)

    expect(within(20) { made.close }).to be_nil
  end

  it "give what they gave before, side by side" do
    topic = new_topic
    publish(topic, "1", "2")
    made = assigned_consumer(topic)
    consume(made, 2)
    made.commit
    results = Array.new(8) do
      Thread.new { [made.cluster_id.class, made.committed.to_h[topic].first.offset, made.metadata(topic).topics.size] }
    end

    expect(results.map(&:value).uniq).to eq([[String, 2, 1]])
  end

  describe "in a rebalance listener" do
    let(:listener) do
      Class.new do
        attr_reader :assigned, :assignment, :committed
        attr_writer :consumer

        def on_partitions_assigned(_) = @assigned = true

        def on_partitions_revoked(list)
          offsets = Rdkafka::Consumer::TopicPartitionList.new
          list.to_h.each_key { |topic| offsets.add_topic_and_partitions_with_offsets(topic, { 0 => 7 }) }
          @committed = @consumer.commit(offsets).nil?
          @assignment = @consumer.assignment
        end
      end.new
    end

    %w[range cooperative-sticky].each do |strategy|
      it "commit while the consumer is closed, with #{strategy}", statement: 94 do
        topic = new_topic
        options = config("group.id": group = unique_name("group"), "partition.assignment.strategy": strategy)
        options.consumer_rebalance_listener = listener
        made = listener.consumer = closing(options.consumer)
        made.subscribe(topic)
        eventually(20) { made.poll(50) || listener.assigned }
        within(20) { made.close }

        expect(listener.committed).to be(true)
        successor = consumer("group.id": group)
        expect(successor.committed(partition_list(topic => [0]), 10_000).to_h[topic].first.offset).to eq(7)
        expect(listener.assignment).to be_empty
        expect(made).to be_closed
      end
    end
  end

  it "leave no result behind when they are left again and again" do
    made = producer("bootstrap.servers": "127.0.0.1:1")
    200.times do
      thread = Thread.new { made.metadata(nil, 300) }
      thread.report_on_exception = false
      Thread.pass
      thread.kill.join(10)
    end

    expect(within(20) { made.close }).to be_nil
  end
end
