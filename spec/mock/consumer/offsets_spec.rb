# frozen_string_literal: true

require "delegate"

RSpec.describe Rdkafka::Consumer do
  let(:topic) { new_topic(partitions: 2) }

  def manual(**)
    assigned_consumer(topic, { 0 => 0, 1 => 0 }, "enable.auto.commit": false, "enable.auto.offset.store": false, **)
  end

  # Offset of each partition of the topic.
  def offsets(list)
    list.to_h.fetch(topic).to_h { |partition| [partition.partition, partition.offset] }
  end

  def partition(...)
    Rdkafka::Consumer::Partition.new(...)
  end

  def list(...)
    Rdkafka::Consumer::TopicPartitionList.new({ topic => [partition(...)] })
  end

  # How far a thread counts while the block runs.
  def counted_meanwhile
    count = 0
    counter = Thread.new { loop { count += 1 } }
    eventually { count.positive? }
    before = count
    yield
    count - before
  ensure
    counter.kill.join
  end

  def with_slow_broker(milliseconds)
    KafkaClients.cluster.set_round_trip_time(milliseconds)
    yield
  ensure
    KafkaClients.cluster.set_round_trip_time(0)
  end

  before { publish(topic, "a", "b", "c", "d") }

  describe "#commit" do
    it "commits the offsets that it is given as they are", :gc, statement: 62 do
      consumer = manual

      expect(consumer.commit(partition_list(topic => { 0 => 1 }))).to be_nil
      expect(offsets(consumer.committed)).to eq(0 => 1, 1 => nil)
    end

    it "commits what was consumed when offsets are stored by themselves" do
      consumer = assigned_consumer(topic, "enable.auto.commit": false)
      consume(consumer, 3)
      consumer.commit

      expect(offsets(consumer.committed)).to eq(0 => 3)
    end

    it "keeps metadata", :gc, statement: 60 do
      consumer = manual
      consumer.commit(list(0, 2, 0, "some\0thing"))

      expect(consumer.committed.to_h[topic].first).to have_attributes(offset: 2, metadata: "some\0thing".b)
    end

    it "does not wait when asked not to" do
      consumer = manual
      expect(consumer.commit(partition_list(topic => { 0 => 4 }), true)).to be_nil

      expect(eventually { offsets(consumer.committed)[0] }).to eq(4)
    end

    it "needs something to commit" do
      expect { manual.commit }.to raise_error(Rdkafka::RdkafkaError) { |error| expect(error.code).to eq(:no_offset) }
    end

    it "raises what the broker answers" do
      KafkaClients.cluster.push_errors(:OffsetCommit, 12)

      expect { manual.commit(partition_list(topic => { 0 => 1 })) }
        .to raise_error(Rdkafka::RdkafkaError) { |error| expect(error.code).to eq(:offset_metadata_too_large) }
    ensure
      KafkaClients.cluster.clear_errors(:OffsetCommit)
    end

    it "is seen by the next consumer of the group" do
      group = unique_name("group")
      manual("group.id": group).commit(partition_list(topic => { 0 => 3 }))
      successor = manual("group.id": group)
      successor.assign(partition_list(topic => { 0 => -1000 }))

      expect(consume(successor, 1).first.offset).to eq(3)
    end

    it "refuses anything but a list" do
      consumer = manual

      [{ topic => nil }, [], "list", 1].each do |bad|
        expect { consumer.commit(bad) }.to raise_error(TypeError, "list has to be nil or a TopicPartitionList")
      end
    end
  end

  describe "#committed" do
    it "asks for the assignment unless given a list", statement: 62 do
      consumer = manual
      consumer.commit(partition_list(topic => { 0 => 2, 1 => 7 }))

      expect(offsets(consumer.committed)).to eq(0 => 2, 1 => 7)
      expect(offsets(consumer.committed(partition_list(topic => [1])))).to eq(1 => 7)
      expect(offsets(consumer.committed(nil, 20_000))).to eq(0 => 2, 1 => 7)
    end

    it "is empty without an assignment" do
      expect(consumer.committed).to be_empty
    end

    it "takes its timeout positionally" do
      expect { manual.committed(timeout_ms: 100) }
        .to raise_error(TypeError, "list has to be nil or a TopicPartitionList")
    end

    it "raises when the time is over" do
      consumer = manual
      consumer.committed
      with_slow_broker(1_000) do
        expect { consumer.committed(nil, 50) }
          .to raise_error(Rdkafka::RdkafkaError) { |error| expect(error.code).to eq(:timed_out) }
      end
    end

    it "lets other threads run", statement: 57 do
      consumer = manual
      consumer.committed
      counted = with_slow_broker(300) { counted_meanwhile { consumer.committed(nil, 20_000) } }

      expect(counted).to be > 50_000
    end
  end

  describe "#store_offset" do
    it "stores the offset after the message, with metadata", :gc, statement: 60 do
      consumer = manual
      message = consume(consumer, 2).last

      expect(consumer.store_offset(message, "me\0ta")).to be_nil
      consumer.commit
      expect(consumer.committed.to_h[topic].first).to have_attributes(partition: 0, offset: 2, metadata: "me\0ta")
    end

    it "needs no metadata", statement: 60 do
      consumer = manual
      consumer.store_offset(consume(consumer, 1).first)
      consumer.commit

      expect(consumer.committed.to_h[topic].first).to have_attributes(offset: 1, metadata: nil)
    end

    it "takes anything that has topic, partition and offset" do
      consumer = manual
      consumer.store_offset(instance_double(Rdkafka::Consumer::Message, topic: topic, partition: 1, offset: 41))
      consumer.commit

      expect(offsets(consumer.committed)).to eq(0 => nil, 1 => 42)
    end

    it "is refused when offsets are stored by themselves", statement: 60 do
      consumer = assigned_consumer(topic)
      message = consume(consumer, 1).first

      expect { consumer.store_offset(message) }
        .to raise_error(Rdkafka::RdkafkaError) { |error| expect(error.code).to eq(:invalid_arg) }
    end

    it "is refused for partitions that are not assigned" do
      consumer = manual
      message = consume(consumer, 1).first
      consumer.assign(partition_list(topic => [1]))

      expect { consumer.store_offset(message) }
        .to raise_error(Rdkafka::RdkafkaError) { |error| expect(error.code).to eq(:state) }
    end

    it "refuses what is no message" do
      consumer = manual
      good = { topic: topic, partition: 0, offset: 0 }

      [{ topic: nil }, { topic: :t }, { partition: nil }, { partition: "0" }, { offset: nil }].each do |bad|
        message = instance_double(Rdkafka::Consumer::Message, **good, **bad)
        expect { consumer.store_offset(message) }.to raise_error(TypeError)
      end
      expect { consumer.store_offset(instance_double(Rdkafka::Consumer::Message, **good), :metadata) }
        .to raise_error(TypeError)
      expect { consumer.store_offset(nil) }.to raise_error(NoMethodError)
    end
  end

  describe "#position" do
    it "is behind the last message consumed, of the assignment unless given a list", statement: 62 do
      consumer = manual
      consume(consumer, 3)

      expect(offsets(consumer.position)).to eq(0 => 3, 1 => nil)
      expect(offsets(consumer.position(partition_list(topic => [0])))).to eq(0 => 3)
    end

    it "refuses anything but a list" do
      expect { manual.position({}) }.to raise_error(TypeError, "list has to be nil or a TopicPartitionList")
    end
  end

  describe "#seek and #seek_by" do
    it "moves to an offset", :gc, statement: 63 do
      consumer = manual
      consume(consumer, 4)

      expect(consumer.seek_by(topic, 0, 1)).to be_nil
      expect(consume(consumer, 3).map(&:payload)).to eq(%w[b c d])
    end

    it "moves to a message, so that it is read again", statement: 63 do
      consumer = manual
      message = consume(consumer, 3).last

      expect(consumer.seek(message)).to be_nil
      expect(consume(consumer, 2).map(&:payload)).to eq(%w[c d])
    end

    it "moves to where a copy of a message was moved" do
      consumer = manual
      copy = consume(consumer, 4).last.dup
      copy.instance_variable_set(:@offset, 2)
      consumer.seek(copy)

      expect(consume(consumer, 1).first.payload).to eq("c")
    end

    it "moves to the beginning and to the end" do
      consumer = manual
      consume(consumer, 2)
      consumer.seek_by(topic, 0, -2)
      expect(consume(consumer, 1).first.offset).to eq(0)

      consumer.seek_by(topic, 0, -1)
      eventually { publish(topic, "late") && consumer.poll(100)&.payload == "late" }
      expect(offsets(consumer.position)[0]).to be > 4
    end

    it "works while paused", statement: 63 do
      consumer = manual
      consume(consumer, 4)
      consumer.pause(partition_list(topic => [0]))
      consumer.seek_by(topic, 0, 2)
      expect(consumer.poll(100)).to be_nil
      consumer.resume(partition_list(topic => [0]))

      expect(consume(consumer, 1).first.payload).to eq("c")
    end

    it "needs a partition that is consumed" do
      consumer = manual

      [[unique_name("other"), 0], [topic, 99]].each do |place|
        expect { consumer.seek_by(*place, 0) }
          .to raise_error(Rdkafka::RdkafkaError) { |error| expect(error.code).to eq(:unknown_partition) }
      end
    end

    it "refuses what is no place, without a crash" do
      consumer = manual

      [[nil, 0, 0], [:t, 0, 0], [topic, "0", 0], [topic, nil, 0], [topic, 0, nil]].each do |bad|
        expect { consumer.seek_by(*bad) }.to raise_error(TypeError)
      end
      expect { consumer.seek_by("x" * 600, 0, 0) }.to raise_error(ArgumentError, /longer than 512 bytes/)
      expect { consumer.seek_by("a\0b", 0, 0) }.to raise_error(ArgumentError, "topic contains a null byte")
      expect { consumer.seek_by(topic, 2**31, 0) }.to raise_error(RangeError)
      expect { consumer.seek_by(topic, 0, 2**63) }.to raise_error(RangeError)
    end
  end

  describe "#pause and #resume" do
    it "stop and go on", :gc do
      consumer = manual
      consume(consumer, 2)

      expect(consumer.pause(partition_list(topic => [0]))).to be_nil
      expect(consumer.poll(100)).to be_nil
      expect(consumer.resume(partition_list(topic => [0]))).to be_nil
      expect(consume(consumer, 2).map(&:payload)).to eq(%w[c d])
    end

    it "leave other partitions alone" do
      consumer = manual
      consume(consumer, 4)
      consumer.pause(partition_list(topic => [0]))
      publish(topic, { payload: "paused", partition: 0 }, { payload: "other", partition: 1 })

      expect(consume(consumer, 1).first.payload).to eq("other")
      expect(consumer.poll(50)).to be_nil
    end

    it "do not mind partitions that are not consumed" do
      consumer = manual
      unknown = partition_list(unique_name("other") => [0], topic => [99])

      expect(consumer.pause(unknown)).to be_nil
      expect(consumer.resume(unknown)).to be_nil
    end

    it "refuse anything but a list" do
      consumer = manual

      [nil, { topic => [0] }, topic].each do |bad|
        expect { consumer.pause(bad) }.to raise_error(TypeError, "list has to be a TopicPartitionList")
        expect { consumer.resume(bad) }.to raise_error(TypeError, "list has to be a TopicPartitionList")
      end
    end
  end

  describe "#query_watermark_offsets" do
    it "asks for the lowest and the next offset" do
      asking = consumer

      expect(asking.query_watermark_offsets(topic, 0, 20_000)).to eq([0, 4])
      expect(asking.query_watermark_offsets(topic, 1)).to eq([0, 0])
    end

    it "raises for a partition that is not there" do
      expect { consumer.query_watermark_offsets(topic, 99) }.to raise_error(
        Rdkafka::RdkafkaError,
        "Error querying watermark offsets for partition 99 of #{topic} - Local: Unknown partition (unknown_partition)"
      )
    end

    it "raises when the time is over" do
      waiting = consumer
      waiting.query_watermark_offsets(topic, 0, 20_000)
      with_slow_broker(1_000) do
        expect { waiting.query_watermark_offsets(topic, 0, 50) }
          .to raise_error(Rdkafka::RdkafkaError, /\AError querying watermark offsets for partition 0 of #{topic} - /)
      end
    end

    it "lets other threads run", statement: 57 do
      asking = consumer
      asking.query_watermark_offsets(topic, 0, 20_000)
      counted = with_slow_broker(300) { counted_meanwhile { asking.query_watermark_offsets(topic, 0, 20_000) } }

      expect(counted).to be > 50_000
    end

    it "refuses what is no partition, without a crash" do
      asking = consumer

      [[nil, 0], [:t, 0], [topic, nil], [topic, "0"], [topic, 0, nil], [topic, 0, "1"]].each do |bad|
        expect { asking.query_watermark_offsets(*bad) }.to raise_error(TypeError)
      end
    end
  end

  describe "#offsets_for_times" do
    # The embedded broker finds no offsets by time; what it is asked for is what can be seen here.
    it "asks for Times and for milliseconds", statement: 70 do
      [Time.at(1_600_000_000), 1_600_000_000_000].each do |time|
        found = consumer.offsets_for_times(partition_list(topic => { 0 => time }), 10_000)

        expect(found).to be_a(Rdkafka::Consumer::TopicPartitionList)
        expect(found.to_h[topic]).to match([have_attributes(partition: 0, offset: -1, err: 0)])
      end
    end

    it "raises when the time is over", statement: 70 do
      asking = consumer
      asking.offsets_for_times(partition_list(topic => { 0 => 1 }), 10_000)
      with_slow_broker(1_000) do
        expect { asking.offsets_for_times(partition_list(topic => { 0 => 1 }), 50) }
          .to raise_error(Rdkafka::RdkafkaError) { |error| expect(error.code).to eq(:timed_out) }
      end
    end

    it "refuses anything but a list" do
      [nil, {}, 1].each do |bad|
        expect { consumer.offsets_for_times(bad) }.to raise_error(TypeError, "list has to be a TopicPartitionList")
      end
    end
  end

  describe "#list_offsets" do
    it "needs no polling", statement: 59 do
      request = { topic => [{ partition: 0, offset: :latest }, { partition: 1, offset: :earliest }] }
      found = consumer.list_offsets(request).wait(max_wait_timeout_ms: 20_000).offsets

      expect(found.map { |offset| offset.slice(:topic, :partition, :offset) }).to contain_exactly(
        { topic: topic, partition: 0, offset: 4 }, { topic: topic, partition: 1, offset: 0 }
      )
      expect(found.map { |offset| offset[:topic].encoding }).to all(eq(Encoding::BINARY))
    end

    it "resolves while another thread polls", statement: 59 do
      consumer = manual
      consume(consumer, 4)
      polling = Thread.new { consumer.poll(60_000) }
      request = { topic => [{ partition: 0, offset: :latest }] }

      expect(consumer.list_offsets(request).wait(max_wait_timeout_ms: 20_000).offsets.first[:offset]).to eq(4)
      expect(polling).to be_alive
      publish(topic, "last")
      expect(within(20) { polling.value }.payload).to eq("last")
    end

    it "gives the same report each time, also after the consumer is gone", :gc, statement: 22 do
      asking = consumer
      handle = asking.list_offsets({ topic => [{ partition: 0, offset: :latest }] })
      report = handle.wait(max_wait_timeout_ms: 20_000)
      asking.close

      expect([handle.wait, handle.create_result]).to all(equal(report))
      expect(report.offsets.first).to include(topic: topic, partition: 0, offset: 4)
    end

    it "refuses what cannot be asked for", :gc, statement: 17 do
      asking = consumer
      before = Rdkafka::AbstractHandle::REGISTRY.values

      expect { asking.list_offsets({ topic => [{ partition: 0, offset: :middle }] }) }
        .to raise_error(ArgumentError, "Unknown offset specification: :middle")
      expect { asking.list_offsets({ topic => [{ partition: 0 }] }) }.to raise_error(KeyError)
      expect { asking.list_offsets({ topic => [{ offset: 0 }] }) }.to raise_error(KeyError)
      expect { asking.list_offsets({ nil => [{ partition: 0, offset: 0 }] }) }.to raise_error(TypeError)
      expect { asking.list_offsets({ t: [{ partition: 0, offset: 0 }] }) }.to raise_error(TypeError)
      expect { asking.list_offsets({ topic => [{ partition: "0", offset: 0 }] }) }.to raise_error(TypeError)
      expect { asking.list_offsets(topic => [{ partition: 0, offset: 0 }]) }.to raise_error(ArgumentError)
      expect(Rdkafka::AbstractHandle::REGISTRY.values - before).to be_empty
    end
  end

  describe "#lag" do
    it "is how many messages are behind the offsets", statement: 58 do
      expect(consumer.lag(partition_list(topic => { 0 => 1, 1 => 0 }), 20_000)).to eq(topic => { 0 => 3, 1 => 0 })
    end

    it "is that of committed offsets" do
      consumer = manual
      consumer.commit(partition_list(topic => { 0 => 3 }))

      expect(consumer.lag(consumer.committed, 20_000)).to eq(topic => { 0 => 1 })
    end

    it "may be negative" do
      expect(consumer.lag(partition_list(topic => { 0 => 9 }), 20_000)).to eq(topic => { 0 => -5 })
    end

    it "leaves partitions without an offset out, but no topic" do
      other = new_topic

      expect(consumer.lag(partition_list(topic => { 0 => 4, 1 => nil }, other => { 0 => nil }), 20_000))
        .to eq(topic => { 0 => 0 }, other => {})
    end

    it "asks for all partitions at once, and only for those it needs", statement: 58 do
      asking = consumer
      allow(asking).to receive(:list_offsets).and_call_original
      allow(asking).to receive(:query_watermark_offsets)
      asking.lag(partition_list(topic => { 0 => 1, 1 => 0 }), 20_000)

      expect(asking).to have_received(:list_offsets).once
        .with({ topic => [{ partition: 0, offset: :latest }, { partition: 1, offset: :latest }] }, isolation_level: 1)
      expect(asking).not_to have_received(:query_watermark_offsets)
    end

    it "asks nobody when there is nothing to ask" do
      asking = consumer
      allow(asking).to receive(:list_offsets)

      expect(asking.lag(partition_list(topic => [0]))).to eq(topic => {})
      expect(asking.lag(partition_list({}))).to eq({})
      expect(asking.lag(nil)).to eq({})
      expect(asking).not_to have_received(:list_offsets)
    end

    it "reads its isolation level once", statement: 58 do
      asking = consumer
      native = asking.instance_variable_get(:@native)
      allow(native).to receive(:option).and_call_original
      2.times { asking.lag(partition_list(topic => { 0 => 0 }), 20_000) }

      expect(native).to have_received(:option).with("isolation.level").once
    end

    it "passes its isolation level on", statement: 58 do
      { "read_committed" => 1, "read_uncommitted" => 0 }.each do |name, level|
        asking = consumer("isolation.level": name)
        allow(asking).to receive(:list_offsets).and_call_original
        asking.lag(partition_list(topic => { 0 => 0 }), 20_000)

        expect(asking).to have_received(:list_offsets).with(anything, isolation_level: level)
      end
    end

    it "times out as an error that names the topics", statement: 58 do
      asking = consumer
      asking.lag(partition_list(topic => { 0 => 0 }), 20_000)
      with_slow_broker(1_000) do
        expect { asking.lag(partition_list(topic => { 0 => 0 }), 50) }.to raise_error(
          Rdkafka::RdkafkaError, "Error querying watermark offsets of '#{topic}' - Local: Timed out (timed_out)"
        )
      end
    end

    it "takes anything that can be a Hash of topics" do
      hash = { topic => [partition(0, 2)] }
      delegator = SimpleDelegator.new(Rdkafka::Consumer::TopicPartitionList.new(hash))
      lists = [hash, hash.to_a, instance_double(Hash, to_hash: hash), delegator]

      expect(lists.map { |list| consumer.lag(list, 20_000) }).to all(eq(topic => { 0 => 2 }))
    end

    it "refuses what cannot" do
      expect { consumer.lag(5) }.to raise_error(NoMethodError, "list has to be a Hash, not Integer")
    end

    it "takes no topic without partitions" do
      expect { consumer.lag(Rdkafka::Consumer::TopicPartitionList.new({ topic => nil })) }.to raise_error(NoMethodError)
    end
  end
end
