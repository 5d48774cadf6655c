# frozen_string_literal: true

# The few operations that mock brokers know.
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

  it "gives all threads that wait for a result the same report", statement: [22, 122] do
    wanted = { new_topic => [{ partition: 0, offset: :latest }] }
    20.times do
      handle = client.list_offsets(wanted)
      waiters = Array.new(8) { Thread.new { handle.wait } }
      reports = within(20) { waiters.map(&:value) }

      expect(reports.map(&:object_id).uniq.size).to eq(1)
      expect([handle.wait, handle.result, handle.create_result]).to all(be(reports.first))
    end
    expect(Rdkafka::AbstractHandle::REGISTRY).to be_empty
  end

  it "keeps reports after the client has gone", :gc, statement: 22 do
    topic = new_topic
    made = config.admin
    handle = made.list_offsets({ topic => [{ partition: 0, offset: :latest }] })
    sleep(0.001) while handle.pending?
    made.close
    GC.start

    expect(handle.wait.offsets.first).to include(topic: topic, offset: 0)
  end

  it "says what mock brokers do not know" do
    group = within(20) { client.describe_consumer_groups(["g"]).wait.groups.first }
    expect(group[:error].code).to eq(:unsupported_feature)
    expect(within(20) { client.list_consumer_groups.wait.errors.first.code }).to eq(:unsupported_feature)
  end
end
