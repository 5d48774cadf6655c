# frozen_string_literal: true

require_relative "../../tools/kafka/rspec"

# What only real brokers can show.
RSpec.describe "Clients of a real cluster" do
  let(:servers) { { "bootstrap.servers": kafka.bootstrap } }
  let(:admin_client) { closing(config(**servers).admin) }
  let(:topic) { unique_name("topic") }

  before { create_topic(admin_client, topic, partitions: 3) }

  after { admin_client.delete_topic(topic).wait }

  def list(*partitions)
    Rdkafka::Consumer::TopicPartitionList.new.tap { |made| made.add_topic(topic, partitions) }
  end

  it "sees replicas of a topic that was created, and an error for one that exists" do
    found = admin_client.metadata(topic).topics.first

    expect(found).to include(topic_name: topic, partition_count: 3)
    expect(found[:partitions].first[:replicas].size).to eq([kafka.brokers.size, 3].min)
    expect { admin_client.create_topic(topic, 1, 1).wait }
      .to raise_error(Rdkafka::RdkafkaError) { |error| expect(error.code).to eq(:topic_already_exists) }
  end

  it "produces and consumes messages with everything there is", :any_broker do
    sent = Time.at(1_700_000_000, 123_000)
    report = producer(**servers).produce(
      topic: topic, partition: 1, payload: "p\0\xFF".b, key: "k", timestamp: sent,
      headers: { "a" => %w[1 2], "b" => nil }
    ).wait
    expect([report.partition, report.offset, report.status]).to eq([1, 0, 2])

    reader = consumer(**servers)
    reader.assign(list(1))
    message = consume(reader, 1, seconds: 30).first
    expect([message.payload, message.key, message.timestamp]).to eq(["p\0\xFF".b, "k", sent])
    expect(message.headers).to eq({ "a" => %w[1 2], "b" => "" })
  end

  it "knows offsets by time and by specification", :any_broker, statement: 70 do
    writer = producer(**servers)
    [1_000, 2_000, 3_000].each { |ms| writer.produce(topic: topic, payload: "x", partition: 0, timestamp: ms).wait }
    reader = consumer(**servers)
    times = Rdkafka::Consumer::TopicPartitionList.new
    times.add_topic_and_partitions_with_offsets(topic, { 0 => Time.at(1.5), 1 => 1 })

    found = reader.offsets_for_times(times, 20_000).to_h[topic]
    expect(found.map(&:offset)).to eq([1, -1])
    latest = reader.list_offsets({ topic => [{ partition: 0, offset: :latest }] })
    expect(latest.wait.offsets.first).to include(partition: 0, offset: 3)
    expect(reader.query_watermark_offsets(topic, 0, 20_000)).to eq([0, 3])
  end

  it "gives the partitions of a member that has left to the next one at once", :any_broker do
    writer = producer(**servers)
    writer.produce(topic: topic, payload: "first", partition: 0).wait
    group = unique_name("group")
    first = consumer(**servers, "group.id": group)
    first.subscribe(topic)
    expect(consume(first, 1, seconds: 30).first.payload).to eq("first")
    first.commit
    first.close

    second = consumer(**servers, "group.id": group, "session.timeout.ms": 45_000)
    second.subscribe(topic)
    eventually(20) { patient_poll(second, 50) || second.assignment.count == 3 }
    writer.produce(topic: topic, payload: "second", partition: 0).wait
    expect(consume(second, 1).first.payload).to eq("second")
  end

  it "delivers what was produced while one of three brokers was down" do
    writer = producer(**servers, acks: "all", "enable.idempotence": true)
    kafka.kill(3)
    handles = Array.new(300) { |number| writer.produce(topic: topic, payload: number.to_s, partition: number % 3) }
    revive(3)
    handles.each { |handle| handle.wait(max_wait_timeout_ms: 60_000) }

    reader = consumer(**servers)
    reader.assign(list(0, 1, 2))
    payloads = consume(reader, 300, seconds: 60).map(&:payload)
    expect(payloads.sort_by(&:to_i)).to eq(Array.new(300, &:to_s))
  ensure
    # For the examples that come next.
    KafkaCluster::ForSpecs.await_coordinators(kafka.bootstrap)
  end
end
