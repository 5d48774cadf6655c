# frozen_string_literal: true

require_relative "../../../tools/kafka/rspec"

RSpec.describe Rdkafka::Admin do
  include AdminClients

  # Finds a new controller soon.
  let(:client) do
    closing(config("bootstrap.servers": kafka.bootstrap, "topic.metadata.refresh.interval.ms": 500).admin)
  end
  let(:topic) { unique_name("topic").tap { |name| create(name) } }

  after { remove_what_was_created }

  def create(name)
    super_admin.create_topic(name, 1, -1, replica_assignment: [[2, 1, 3]]).wait
    (@created_topics ||= []) << name
    kafka.await_topic(name, 1)
  end

  # Nothing while the controller moves.
  def partition
    within(60) { client.describe_topics([topic], request_timeout_ms: 2_000).wait.topics.first[:partitions].first.to_h }
  rescue Rdkafka::RdkafkaError
    {}
  end

  def leader = partition.dig(:leader, :id)

  def elected(election = :preferred, partitions = AdminOperations.list(topic, { 0 => nil }), **)
    within(60) { client.elect_leaders(election, partitions, **).wait.partitions }
  end

  def codes(partitions)
    partitions.map { |found| [found[:topic], found[:partition], found[:error]&.code] }
  end

  it "gives partitions back to their preferred leader, which was away" do
    expect(leader).to eq(2)
    kafka.kill(2)
    begin
      eventually(60) { [1, 3].include?(leader) }
      expect(codes(elected)).to eq([[topic, 0, :preferred_leader_not_available]])
    ensure
      revive(2)
    end
    eventually(60) { partition[:isr].to_a.any? { |node| node[:id] == 2 } }
    expect(leader).not_to eq(2)

    expect(codes(elected(operation_timeout_ms: 20_000))).to eq([[topic, 0, nil]])
    eventually(20) { leader == 2 }
  end

  it "says for each partition why no leader was elected" do
    partitions = AdminOperations.list(topic, { 0 => nil, 9 => nil })

    expect(codes(elected(:preferred, partitions)))
      .to eq([[topic, 0, :election_not_needed], [topic, 9, :unknown_topic_or_part]])
    expect(codes(elected(:unclean))).to eq([[topic, 0, :election_not_needed]])
    expect(elected.first[:topic].encoding).to eq(Encoding::BINARY)
  end

  it "tells nothing of partitions that need no leader when asked for all" do
    topic
    expect(codes(elected(:unclean, nil))).to eq([])
  end
end
