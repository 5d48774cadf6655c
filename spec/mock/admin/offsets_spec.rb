# frozen_string_literal: true

RSpec.describe Rdkafka::Admin do
  let(:client) { admin }

  it "lists the offsets of a thousand partitions at once" do
    topic = new_topic(partitions: 1_000)
    publish(topic, { payload: "1", partition: 7 }, { payload: "2", partition: 7 }, { payload: "3", partition: 999 })
    wanted = { topic => Array.new(1_000) { |partition| { partition: partition, offset: :latest } } }
    offsets = within(20) { client.list_offsets(wanted).wait.offsets }

    expect(offsets.map { |found| found[:partition] }.sort).to eq([*0...1_000])
    expect(offsets.reject { |found| found[:offset].zero? }.to_h { |found| found.values_at(:partition, :offset) })
      .to eq({ 7 => 2, 999 => 1 })
    expect(offsets.first.keys).to eq(%i[topic partition offset timestamp leader_epoch])
    expect(offsets.first[:topic].encoding).to eq(Encoding::BINARY)
  end

  # If the calling thread begins it, metadata that arrive meanwhile crash librdkafka.
  it "looks for the leaders of partitions on librdkafka's main thread" do
    written = StringIO.new
    Rdkafka::Config.logger = Logger.new(written)
    noisy = admin(debug: "metadata")
    handles = [
      noisy.list_offsets({ new_topic => [{ partition: 0, offset: :latest }] }),
      noisy.delete_records({ new_topic => [{ partition: 0, offset: 0 }] })
    ]
    within(20) { handles.each(&:wait) }
    queries = /\[thrd:(\w+)\].*query partition leaders/
    eventually { written.string.scan(queries).size >= 2 }

    expect(written.string.scan(queries).flatten.uniq).to eq(["main"])
  ensure
    Rdkafka::Config.logger = Logger.new(IO::NULL)
  end

  it "lists nothing when nothing is asked for" do
    expect(within(20) { client.list_offsets({}).wait.offsets }).to eq([])
  end

  it "fails as a whole for a partition that does not exist" do
    handle = client.list_offsets({ new_topic => [{ partition: 99, offset: :latest }] })

    expect { within(20) { handle.wait } }.to raise_error(Rdkafka::RdkafkaError) { |error|
      expect([error.code, error.broker_message])
        .to eq([:noent, "Failed to query partition leaders: No leaders found"])
    }
  end

  it "raises for a partition with an error, which it names" do
    topic = new_topic
    KafkaClients.cluster.push_errors("ListOffsets", 29)
    handle = client.list_offsets({ topic => [{ partition: 0, offset: :latest }] })

    [true, false].each do |raising|
      expect { within(20) { handle.wait(raise_response_error: raising) } }
        .to raise_error(Rdkafka::RdkafkaError) { |error|
          expect(error.message_prefix).to eq("Error querying offsets for partition 0 of '#{topic}'")
        }
    end
  end

  it "accepts isolation levels", statement: 110 do
    wanted = { new_topic => [{ partition: 0, offset: :latest }] }

    expect(Rdkafka::Bindings::RD_KAFKA_ADMIN_OP_LISTOFFSETS).to eq(21)
    [nil, 0, 1].each do |level|
      expect(within(20) { client.list_offsets(wanted, isolation_level: level).wait.offsets.size }).to eq(1)
    end
  end

  it "stores offsets of a group with their metadata", statement: 113 do
    topic = new_topic(partitions: 2)
    partitions = [Rdkafka::Consumer::Partition.new(0, 3, 0, "note"), Rdkafka::Consumer::Partition.new(1, 5)]
    list = Rdkafka::Consumer::TopicPartitionList.new({ topic => partitions })
    report = within(20) { client.alter_consumer_group_offsets("stored-#{topic}", list).wait }

    expect(report).to have_attributes(group_name: "stored-#{topic}", error_string: nil)
    expect(report.partitions).to eq(
      [{ topic: topic, partition: 0, offset: 3, error: nil }, { topic: topic, partition: 1, offset: 5, error: nil }]
    )
    committed = consumer("group.id": "stored-#{topic}").committed(AdminOperations.list(topic, { 0 => nil }), 10_000)
    expect(committed.to_h[topic].first).to have_attributes(offset: 3, metadata: "note")
  end

  it "refuses other offsets and isolation levels" do
    before = Rdkafka::AbstractHandle::REGISTRY.values
    expect { client.list_offsets({ "topic" => [{ partition: 0, offset: :soon }] }) }
      .to raise_error(ArgumentError, "Unknown offset specification: :soon")
    expect(Rdkafka::AbstractHandle::REGISTRY.values - before).to be_empty
    expect { client.list_offsets({ "topic" => [] }, isolation_level: "1") }
      .to raise_error(TypeError, "isolation_level has to be an Integer, not String")
    [7, -1, 1 << 40].each do |level|
      expect { client.list_offsets({ "topic" => [] }, isolation_level: level) }
        .to raise_error(ArgumentError, "isolation_level has to be 0 or 1, not #{level}")
    end
  end

  describe "offsets of groups" do
    include AdminRefusals

    let(:topic) { new_topic }

    def list(offsets)
      AdminOperations.list(topic, offsets)
    end

    it "come in a list" do
      [nil, {}, { topic => [0] }, "list"].each do |wrong|
        expect { client.alter_consumer_group_offsets("g", wrong) }.to raise_error(NoMethodError, /TopicPartitionList/)
        expect { client.delete_consumer_group_offsets("g", wrong) }.to raise_error(NoMethodError, /TopicPartitionList/)
      end
      expect { client.alter_consumer_group_offsets(nil, list({ 0 => 1 })) }.to raise_error(TypeError, /group id/)
    end

    it "are told as they are stored, for one group or more" do
      groups = Array.new(2) { unique_name("group") }
      within(20) { client.alter_consumer_group_offsets(groups.first, list({ 0 => 3 })).wait }
      ask = ->(*arguments) { within(20) { client.list_consumer_group_offsets(*arguments).wait.groups } }
      entry = { topic: topic, partition: 0, leader_epoch: an_instance_of(Integer), metadata: nil, error: nil }

      expect(ask.call(groups.first, list({ 0 => nil })))
        .to match([{ group_id: groups.first, error: nil, partitions: [{ **entry, offset: 3 }] }])
      expect(ask.call(groups, list({ 0 => nil })).map { |found| found[:partitions].first[:offset] }).to eq([3, nil])
      expect(ask.call({ groups.last => nil, groups.first => list({ 0 => nil }) }).map { |found| found[:group_id] })
        .to eq(groups.reverse)
      expect(ask.call([])).to eq([])
    end

    # librdkafka would follow a null pointer, were it not a member of a group that asks.
    it "come with the error of the group when no coordinator is found in time" do
      KafkaClients.cluster.push_errors("OffsetFetch", 16)
      groups = Array.new(2) do
        within(20) do
          client.list_consumer_group_offsets("moved", list({ 0 => nil }), request_timeout_ms: 200).wait.groups.first
        end
      end

      expect(groups.map { |found| found[:error]&.code }).to eq([:not_coordinator, nil])
      expect(groups.map { |found| found[:partitions].size }).to eq([0, 1])
    end

    it "are found after coordinators have moved" do
      cluster = closing(KarafkaNative::MockCluster.new(brokers: 2))
      client = closing(config("bootstrap.servers": cluster.bootstrap_servers).admin)
      cluster.create_topic(topic)
      groups = %w[a b]
      move = ->(broker) { groups.each { |group| cluster.set_coordinator(group, broker) } }
      [1, 2].each do |broker|
        move.call(broker)
        handles = groups.map { |group| client.alter_consumer_group_offsets(group, list({ 0 => broker })) }
        handles.each { |handle| within(20) { handle.wait } }
        move.call(3 - broker)
        listed = within(20) { client.list_consumer_group_offsets(groups, list({ 0 => nil })).wait.groups }

        expect(listed.map { |found| found[:error] || found[:partitions].map { |partition| partition[:offset] } })
          .to eq([[broker], [broker]])
      end
    end

    it "are asked for in a list with partitions, once" do
      whole = Rdkafka::Consumer::TopicPartitionList.new.tap { |made| made.add_topic(topic) }
      [whole, Rdkafka::Consumer::TopicPartitionList.new].each do |wrong|
        expect { client.list_consumer_group_offsets("g", wrong) }
          .to raise_error(ArgumentError, "the list has no partitions")
      end
      expect { client.list_consumer_group_offsets("g", { topic => [0] }) }
        .to raise_error(TypeError, "partitions have to be a TopicPartitionList or nil, not Hash")
      expect { client.list_consumer_group_offsets({ "g" => nil }, list({ 0 => nil })) }
        .to raise_error(ArgumentError, "partitions are given twice")
      [nil, [nil], { 1 => nil }, :g].each do |wrong|
        expect { client.list_consumer_group_offsets(wrong) }.to raise_error(TypeError, /group id has to be a String/)
      end
      twice = within(20) { client.list_consumer_group_offsets("g", twice_the_same).wait.groups.first }
      expect(twice[:error]).to have_attributes(code: :invalid_arg, broker_message: "Duplicate partitions not allowed")
    end

    def twice_the_same
      partitions = Array.new(2) { Rdkafka::Consumer::Partition.new(0, nil) }
      Rdkafka::Consumer::TopicPartitionList.new({ topic => partitions })
    end

    it "have to be there to be changed" do
      empty = Rdkafka::Consumer::TopicPartitionList.new
      expect(refusal_of(client.alter_consumer_group_offsets("g", empty)))
        .to eq([:invalid_arg, "Non-empty topic partition list must be present", nil])
      whole = Rdkafka::Consumer::TopicPartitionList.new.tap { |made| made.add_topic(topic) }
      [list({ 0 => nil }), list({ 0 => -2 }), whole].each do |wrong|
        expect(refusal_of(client.alter_consumer_group_offsets("g", wrong)))
          .to eq([:invalid_arg, "All topic-partition offsets must be >= 0", nil])
      end
    end
  end
end
