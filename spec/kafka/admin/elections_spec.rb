# frozen_string_literal: true

require_relative "../../../tools/kafka/rspec"

RSpec.describe Rdkafka::Admin do
  include AdminClients

  # Finds a new controller soon.
  let(:client) do
    closing(config("bootstrap.servers": kafka.bootstrap, "topic.metadata.refresh.interval.ms": 500).admin)
  end
  let(:topic) { unique_name("topic") }

  after { remove_what_was_created }

  def create(name, replicas = [2, 1, 3], **)
    super_admin.create_topic(name, 1, -1, replica_assignment: [replicas], **).wait
    (@created_topics ||= []) << name
    kafka.await_topic(name, 1)
  end

  # As broker 3 sees it, since a suspended broker does not answer. Nothing while the controller moves.
  def partition
    asked = { request_timeout_ms: 2_000, broker_id: 3 }
    within(60) { client.describe_topics([topic], **asked).wait.topics.first[:partitions].first.to_h }
  rescue Rdkafka::RdkafkaError
    {}
  end

  def leader = partition.dig(:leader, :id)
  def replicas_in_sync = partition[:isr]&.map { |node| node[:id] }

  def elected(election = :preferred, partitions = AdminOperations.list(topic, { 0 => nil }), **)
    within(60) { client.elect_leaders(election, partitions, **).wait.partitions }
  end

  def change_throttle(op_type)
    change = { name: "follower.replication.throttled.rate", op_type: op_type, value: "1" }
    broker = { resource_type: Rdkafka::Bindings::RD_KAFKA_RESOURCE_BROKER, resource_name: "2" }
    within(60) { super_admin.incremental_alter_configs([{ **broker, configs: [change] }]).wait }
  end

  # More than a follower fetches at once.
  def fill(topic, count)
    writer = producer("bootstrap.servers": kafka.bootstrap)
    Array.new(count) { writer.produce(topic: topic, payload: "x" * 900_000) }.each(&:wait)
  end

  def end_of(topic)
    within(60) { client.list_offsets({ topic => [{ partition: 0, offset: :latest }] }).wait.offsets.first[:offset] }
  end

  def codes(partitions)
    partitions.map { |found| [found[:topic], found[:partition], found[:error]&.code] }
  end

  it "gives partitions back to their preferred leader, which was away" do
    create(topic)
    expect(leader).to eq(2)
    kafka.kill(2)
    begin
      eventually(60) { [1, 3].include?(leader) }
      expect(codes(elected)).to eq([[topic, 0, :preferred_leader_not_available]])
    ensure
      revive(2)
    end
    eventually(60) { [*replicas_in_sync].include?(2) }
    expect(leader).not_to eq(2)

    expect(codes(elected(operation_timeout_ms: 20_000))).to eq([[topic, 0, nil]])
    eventually(20) { leader == 2 }
  end

  # The replica on broker 2 misses messages, and may only fetch one byte per second.
  it "makes a replica that lags behind the leader when the leader is gone, at the cost of messages" do
    change_throttle(Rdkafka::Bindings::RD_KAFKA_ALTER_CONFIG_OP_TYPE_SET)
    create(topic, [1, 2], "min.insync.replicas": 1, "follower.replication.throttled.replicas": "*")
    kafka.suspend(2) do
      eventually(40) { replicas_in_sync == [1] }
      fill(topic, 8)
    end
    eventually(40) { client.describe_cluster(broker_id: 3).wait.nodes.size == 3 }
    kafka.suspend(1) do
      eventually(40) { replicas_in_sync == [] }
      expect(codes(elected(broker_id: 3))).to eq([[topic, 0, :preferred_leader_not_available]])
      expect(codes(elected(:unclean, broker_id: 3))).to eq([[topic, 0, nil]])
      eventually(20) { leader == 2 }
    end

    expect(end_of(topic)).to be < 8
  ensure
    change_throttle(Rdkafka::Bindings::RD_KAFKA_ALTER_CONFIG_OP_TYPE_DELETE)
  end

  it "says for each partition why no leader was elected" do
    create(topic)
    partitions = AdminOperations.list(topic, { 0 => nil, 9 => nil })

    expect(codes(elected(:preferred, partitions)))
      .to eq([[topic, 0, :election_not_needed], [topic, 9, :unknown_topic_or_part]])
    expect(codes(elected(:unclean))).to eq([[topic, 0, :election_not_needed]])
    expect(elected.first[:topic].encoding).to eq(Encoding::BINARY)
  end

  it "tells nothing of partitions that need no leader when asked for all" do
    create(topic)
    expect(codes(elected(:unclean, nil))).to eq([])
  end
end
