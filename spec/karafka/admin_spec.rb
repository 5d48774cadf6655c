# frozen_string_literal: true

require "karafka"
require_relative "support/karafka_servers"
require_relative "support/waterdrop_clients"

# Karafka's administration of real brokers, unmodified.
RSpec.describe "Karafka's admin" do
  let(:karafka_admin) { Karafka::Admin }
  let(:name) { kafka_topic(partitions: 2) }
  let(:other_group) { unique_name("group") }

  before do
    Karafka::App.setup do |config|
      config.group_id = "admin-spec"
      config.logger = Logger.new(IO::NULL)
      config.kafka = { "bootstrap.servers": kafka.bootstrap }
    end
  end

  # Offsets of the group of the example and of another one.
  def offsets(group = self.group)
    list = partition_list(name => [0, 1])
    witness = consumer("bootstrap.servers": kafka.bootstrap, "group.id": group)
    witness.committed(list, 20_000).to_h.fetch(name).map(&:offset)
  end

  it "creates topics with configurations, widens and deletes them" do
    made = unique_name("topic")
    karafka_admin.create_topic(made, 2, 1, "cleanup.policy" => "compact")
    expect(karafka_admin.topic_info(made)).to include(topic_name: made, partition_count: 2)

    karafka_admin.create_partitions(made, 4)
    expect(karafka_admin.topic_info(made)[:partition_count]).to eq(4)
    karafka_admin.delete_topic(made)
    expect { karafka_admin.topic_info(made) }
      .to raise_error(Rdkafka::RdkafkaError) { |error| expect(error.code).to eq(:unknown_topic_or_part) }
  end

  it "shows the cluster" do
    name
    info = karafka_admin.cluster_info

    expect(info.brokers.map { |broker| broker[:broker_id] }).to match_array(kafka.brokers.map(&:id))
    expect(info.topics.map { |topic| topic[:topic_name] }).to include(name)
  end

  it "reads topics from any place" do
    10.times { |number| send_all(name, [number], partition: 1, timestamp: 1_000 * (number + 1)) }

    expect(karafka_admin.read_topic(name, 1, 3).map(&:raw_payload)).to eq(%w[7 8 9])
    expect(karafka_admin.read_topic(name, 1, 2, 4).map(&:offset)).to eq([4, 5])
    expect(karafka_admin.read_topic(name, 1, 2, Time.at(5.5)).map(&:raw_payload)).to eq(%w[5 6])
    expect(karafka_admin.read_topic(name, 0, 2)).to be_empty
    expect(karafka_admin.read_watermark_offsets(name, 1)).to eq([0, 10])
    expect(karafka_admin.read_watermark_offsets({ name => [0, 1] })).to eq({ name => { 0 => [0, 0], 1 => [0, 10] } })
  end

  it "moves groups, copies, renames and deletes them, and knows their lags" do
    [0, 1].each { |partition| send_all(name, 0...10, partition: partition) }
    karafka_admin.seek_consumer_group(group, { name => { 0 => 4, 1 => :latest } })
    expect(offsets).to eq([4, 10])
    lags = karafka_admin.read_lags_with_offsets({ group => [name] })
    expect(lags).to eq({ group => { name => { 0 => { offset: 4, lag: 6 }, 1 => { offset: 10, lag: 0 } } } })

    expect(karafka_admin.copy_consumer_group(group, other_group, [name])).to be(true)
    expect(offsets(other_group)).to eq([4, 10])
    karafka_admin.seek_consumer_group(group, { name => :earliest })
    expect(offsets).to eq([0, 0])
    renamed = unique_name("group")
    expect(karafka_admin.rename_consumer_group(other_group, renamed, [name])).to be(true)
    expect([offsets(other_group), offsets(renamed)]).to eq([[nil, nil], [4, 10]])
    [group, renamed].each { |old| karafka_admin.delete_consumer_group(old) }
    expect(offsets).to eq([nil, nil])
  end

  it "describes and alters configurations" do
    resource = Karafka::Admin::Configs::Resource.new(type: :topic, name: name)
    resource.set("retention.ms", 123_456)
    resource.append("cleanup.policy", "compact")
    Karafka::Admin::Configs.alter(resource)
    values = eventually do
      found = Karafka::Admin::Configs.describe(Karafka::Admin::Configs::Resource.new(type: :topic, name: name))
      configs = found.first.configs.to_h { |config| [config.name, config] }
      configs if configs["retention.ms"].value == "123456"
    end

    expect(values["cleanup.policy"].value.split(",")).to contain_exactly("compact", "delete")
    expect([values["retention.ms"], values["segment.bytes"]].map(&:default?)).to eq([false, true])
    expect(values["retention.ms"].synonyms.map(&:name)).to include("retention.ms")
  end

  it "creates, finds and deletes access rules", kafka: %i[acl] do
    rule = Karafka::Admin::Acl.new(
      resource_type: :topic, resource_name: name, resource_pattern_type: :literal, principal: "User:carol",
      operation: :read, permission_type: :allow
    )
    Karafka::Admin::Acl.create(rule)
    found = eventually { Karafka::Admin::Acl.describe(rule).first }

    expect(found.to_native_hash).to eq(rule.to_native_hash)
    expect(Karafka::Admin::Acl.all.map(&:resource_name)).to include(name)
    expect(Karafka::Admin::Acl.delete(rule).map(&:principal)).to eq(["User:carol"])
    expect(eventually { Karafka::Admin::Acl.describe(rule).empty? }).to be(true)
  end

  it "plans more replicas" do
    single = unique_name("topic")
    karafka_admin.create_topic(single, 2, 1)
    closing(KarafkaServers::Remover.new(admin("bootstrap.servers": kafka.bootstrap), single))
    plan = karafka_admin.plan_topic_replication(topic: single, replication_factor: [kafka.brokers.size, 2].min)

    expect(plan.partitions_assignment.values.map(&:size)).to all(eq(2)) if kafka.brokers.size > 1
    expect(plan.topic).to eq(single)
  end

  it "works in a process that was forked from one with open clients" do
    expect(karafka_admin.topic_info(name)[:partition_count]).to eq(2)
    seen = Array.new(2) { in_fork { Karafka::Admin.topic_info(name)[:partition_count] } }

    expect(seen).to eq([2, 2])
    expect(karafka_admin.read_watermark_offsets(name, 0)).to eq([0, 0])
  end
end
