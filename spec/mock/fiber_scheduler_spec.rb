# frozen_string_literal: true

RSpec.describe "Fibers of a scheduler", gem: "async" do
  before { require "async" }

  let(:topic) { new_topic }
  let(:unreachable) { { "bootstrap.servers": "127.0.0.1:1" } }

  # Runs the block beside a fiber that counts, and returns what it returns and that number.
  def with_ticks
    ticks = 0
    result = within(30) do
      Sync do |task|
        ticker = task.async { loop { sleep(0.005) && (ticks += 1) } }
        yield task
      ensure
        ticker.stop
      end
    end
    [result, ticks]
  end

  {
    "poll" => ->(client, topic) { client.consumer_of(topic).poll(300) },
    "poll_batch" => ->(client, topic) { client.consumer_of(topic).poll_batch(300).first },
    "flush" => ->(client, _) { client.undelivered.flush(300) || nil },
    "query_watermark_offsets" => lambda do |client, _|
      client.consumer(**client.unreachable).query_watermark_offsets("t", 0, 300)
    rescue Rdkafka::RdkafkaError
      nil
    end,
    "metadata" => lambda do |client, _|
      client.admin(**client.unreachable).metadata("t", 300)
    rescue Rdkafka::RdkafkaError
      nil
    end,
    "events_poll" => ->(client, _) { client.serve(client.events_consumer) },
    "poll of a share consumer" => ->(client, topic) { client.share_consumer(topic: topic).poll(300).first },
    "events_poll of a share consumer" => ->(client, _) { client.serve(client.share_consumer) },
    "cluster_id" => ->(client, _) { client.consumer(**client.unreachable).cluster_id(300) },
    "an admin operation" => lambda do |client, _|
      client.admin(**client.unreachable).create_topic("t", 1, 1).wait(max_wait_timeout_ms: 300)
    rescue Rdkafka::AbstractHandle::WaitTimeoutError
      nil
    end
  }.each do |operation, call|
    it "run while one is in #{operation}", share_groups: operation.include?("share consumer") do
      result, ticks = with_ticks { call.call(self, topic) }

      expect(result).to be_nil
      expect(ticks).to be > 10
    end
  end

  def consumer_of(topic, **) = assigned_consumer(topic, { 0 => 0 }, **)

  # One whose events are polled for.
  def events_consumer(**)
    closing(config("group.id": "g", **).tap { |made| made.consumer_poll_set = false }.consumer)
  end

  # Polls for events for a while.
  def serve(client)
    deadline = monotonic_seconds + 0.3
    client.events_poll(100) while monotonic_seconds < deadline
  end

  def undelivered
    unreachable_producer.tap { |made| made.produce(topic: "t", payload: "1") }
  end

  it "run while one is in a transaction call, which another one takes up when the first is stopped" do
    cluster = closing(KarafkaNative::MockCluster.new)
    cluster.broker_down
    made = producer(
      "bootstrap.servers": cluster.bootstrap_servers, "transactional.id": "x", "reconnect.backoff.max.ms": 100
    )
    result, ticks = with_ticks do |task|
      first = task.async { made.init_transactions }
      sleep(0.1)
      first.stop
      cluster.broker_up
      task.async { made.init_transactions }.wait
    end

    expect(result).to be(true)
    expect(ticks).to be > 10
  end

  it "run while one is in close, with messages on their way" do
    made = producer("linger.ms": 200)
    made.produce(topic: topic, payload: "1")
    _, ticks = with_ticks { made.close }

    expect(ticks).to be > 5
    expect(messages_of(topic).map(&:payload)).to eq(["1"])
  end

  it "produce and consume in one reactor, in order" do
    writer = producer
    reader = consumer_of(topic)
    got = within(30) do
      Sync do |task|
        reading = task.async { Array.new(100) { reader.poll(20_000).payload.to_i } }
        task.async { 100.times { |number| writer.produce(topic: topic, payload: number.to_s, partition: 0).wait } }
        reading.wait
      end
    end

    expect(got).to eq([*0...100])
  end

  it "consume with each until they are stopped" do
    publish(topic, "1", "2")
    reader = consumer_of(topic)
    got = []
    within(30) do
      Sync do |task|
        reading = task.async { reader.each { |message| got << message.payload } }
        sleep(0.01) until got.size == 2
        reading.stop
        expect(reading).to be_stopped
      end
    end
    publish(topic, "3")

    expect(got).to eq(%w[1 2])
    expect(within(20) { reader.poll(-1) }.payload).to eq("3")
  end

  it "share a consumer, and lose and double nothing" do
    reader = consumer_of(topic)
    writer = producer
    got = within(30) do
      Sync do |task|
        readers = Array.new(3) { task.async { Array.new(100) { reader.poll(20_000).payload.to_i } } }
        handles = Array.new(300) { |number| writer.produce(topic: topic, payload: number.to_s, partition: 0) }
        handles.each(&:wait)
        readers.flat_map(&:wait)
      end
    end

    expect(got.sort).to eq([*0...300])
  end

  it "lose no message when they are stopped at any moment" do
    reader = consumer_of(topic)
    writer = producer
    got = []
    within(40) do
      Sync do |task|
        writing = task.async do
          300.times { |number| writer.produce(topic: topic, payload: number.to_s, partition: 0).wait }
        end
        random = Random.new(3)
        while got.size < 300
          reading = task.async { got.concat(reader.poll_batch(1_000, max_items: 7)) }
          sleep(random.rand(0.004))
          reading.stop
        end
        writing.wait
      end
    end

    expect(got.map { |message| message.payload.to_i }).to eq([*0...300])
  end

  it "get a rebalance while they poll" do
    heard = []
    listener = Object.new
    listener.define_singleton_method(:on_partitions_assigned) { |list| heard << list.to_h.keys }
    options = config("group.id": unique_name("group"), "auto.offset.reset": "earliest")
    options.consumer_rebalance_listener = listener
    reader = closing(options.consumer)
    publish(topic, "1")
    reader.subscribe(topic)

    expect(within(30) { Sync { reader.poll(25_000) } }.payload).to eq("1")
    expect(heard).to eq([[topic]])
  end

  it "commit, and see what they committed" do
    publish(topic, "1")
    reader = consumer_of(topic)
    offset = within(30) do
      Sync do
        reader.poll(20_000)
        reader.commit
        reader.committed.to_h[topic].first.offset
      end
    end

    expect(offset).to eq(1)
  end

  it "are not held up by a poll for ever of a consumer that another one closes" do
    reader = consumer_of(topic)
    result = within(30) do
      Sync do |task|
        reading = task.async { [reader.poll(-1)] }
        sleep(0.05)
        reader.close
        reading.wait
      end
    end

    expect(result).to eq([nil])
    expect(reader).to be_closed
  end

  {
    "can" => lambda(&:close),
    # As in a signal handler, which runs while all fibers wait.
    "that blocks the thread can" => ->(reader) { Fiber.new(blocking: true) { reader.close }.resume }
  }.each do |who, close|
    it "#{who} close a consumer while another one waits for its commit" do
      reader = consumer(**unreachable, "session.timeout.ms": 1_000)
      outcome = within(30) do
        Sync do |task|
          committing = task.async do
            reader.commit(partition_list("t" => { 0 => 1 }))
          rescue Rdkafka::RdkafkaError => e
            e.class
          end
          close.call(reader)
          committing.wait
        end
      end

      expect([outcome, reader.closed?]).to eq([Rdkafka::RdkafkaError, true])
    end
  end

  it "are called about deliveries of a flush that was stopped" do
    writer = closing(config("linger.ms": 100).producer(run_polling_thread: false))
    reported = []
    writer.delivery_callback = ->(report) { reported << report.offset }
    within(30) do
      Sync do |task|
        20.times do
          writer.produce(topic: topic, payload: "1", partition: 0)
          flushing = task.async { writer.flush(5_000) }
          sleep(0.01)
          flushing.stop
        end
        writer.flush(20_000)
      end
    end

    expect(reported.sort).to eq([*0...20])
  end

  it "purge" do
    made = undelivered
    result, = with_ticks { made.purge }

    expect([result, made.queue_size]).to eq([true, 0])
  end

  it "leave no descriptors open" do
    reader = consumer_of(topic)
    Sync { reader.poll(10) }
    before = Dir.children("/proc/self/fd").size
    Sync { |task| Array.new(20) { task.async { reader.poll(10) && reader.committed } }.each(&:wait) }

    expect(Dir.children("/proc/self/fd").size).to be <= before + 5
  end

  it "get statistics while they poll for events, each once, also after some that were stopped" do
    seen = Queue.new
    Rdkafka::Config.statistics_callback = ->(statistics) { seen << statistics["ts"] }
    reader = events_consumer("statistics.interval.ms": 50)
    within(30) do
      Sync do |task|
        10.times do
          polling = task.async { reader.events_poll(1_000) }
          sleep(0.015)
          polling.stop
        end
        reader.events_poll(1_000) until seen.size > 10
      end
    end
    times = Array.new(10) { seen.pop }

    expect(times).to eq(times.sort.uniq)
  ensure
    Rdkafka::Config.statistics_callback = nil
  end

  it "get records of a share group, acknowledge them and leave", :share_groups do
    topic = share_topic
    member = share_consumer(topic: topic, mode: "explicit")
    writer = producer
    outcome, ticks = with_ticks do |task|
      polling = task.async { member.poll(20_000) }
      sleep(0.1)
      writer.produce(topic: topic, payload: "1").wait
      records = polling.wait
      records.each { |record| member.acknowledge(record) }
      committed = member.commit_sync(20_000)
      member.unsubscribe
      member.close
      [records.map(&:payload), committed.to_h[topic].map(&:err)]
    end

    expect(outcome).to eq([["1"], [0]])
    expect(ticks).to be > 5
  end

  it "do not poll a share consumer while another one does", :share_groups do
    topic = share_topic
    member = share_consumer(topic: topic)
    refused = within(30) do
      Sync do |task|
        polling = task.async { member.poll(10_000) }
        sleep(0.01)
        code_of { member.poll(0) }
      ensure
        polling.stop
      end
    end

    expect(refused).to eq(:conflict)
    expect(member.poll(0)).to eq([])
  end

  it "are not held up by a poll for ever of a share consumer that another one closes", :share_groups do
    topic = share_topic
    member = share_consumer(topic: topic)
    polled = within(30) do
      Sync do |task|
        polling = task.async { member.poll(-1) }
        sleep(0.05)
        member.close
        polling.wait
      end
    end

    expect([polled, member.closed?]).to eq([[], true])
  end

  it "lose no record of a share group when they are stopped at any moment", :share_groups do
    topic = share_topic
    member = share_consumer(topic: topic)
    publish(topic, *Array.new(200, &:to_s))
    got = []
    within(40) do
      Sync do |task|
        random = Random.new(3)
        while got.size < 200
          polling = task.async { got.concat(member.poll(1_000)) }
          sleep(random.rand(0.02))
          polling.stop
        end
      end
    end

    expect(got.map { |record| record.payload.to_i }).to eq([*0...200])
  end

  it "of two threads share a consumer" do
    reader = consumer_of(topic)
    threads = Array.new(2) { Thread.new { Sync { Array.new(50) { reader.poll(20_000).payload.to_i } } } }
    publish(topic, *Array.new(100, &:to_s))

    expect(within(30) { threads.flat_map(&:value) }.sort).to eq([*0...100])
  end
end
