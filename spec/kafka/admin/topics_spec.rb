# frozen_string_literal: true

require_relative "../../../tools/kafka/rspec"

RSpec.describe Rdkafka::Admin do
  include AdminClients

  let(:client) { super_admin }

  after { remove_what_was_created }

  describe "#create_topic and #delete_topic" do
    it "make a topic and remove it" do
      name = unique_name("topic")
      created = within(60) { client.create_topic(name, 2, 3, { "retention.ms": 1_234_567 }).wait }
      expect(created).to have_attributes(class: Rdkafka::Admin::CreateTopicReport, error_string: nil, result_name: name)
      expect(created.result_name.encoding).to eq(Encoding::BINARY)

      deleted = within(60) { client.delete_topic(name).wait }
      expect(deleted).to have_attributes(class: Rdkafka::Admin::DeleteTopicReport, error_string: nil, result_name: name)
    end

    it "say what brokers object to", :any_broker do
      existing = created_topic
      name = unique_name("topic")
      expect(refusal_of(client.create_topic(existing, 1, 1)))
        .to eq([:topic_already_exists, "Topic '#{existing}' already exists."])
      expect(refusal_of(client.create_topic("no name!", 1, 1))).to match([:topic_exception, /no name!/])
      expect(refusal_of(client.create_topic(name, 1, 99))).to match([:invalid_replication_factor, /99/])
      expect(refusal_of(client.create_topic(name, 1, 1, { "retention.ms" => "x" })))
        .to match([:invalid_config, /retention.ms/])
      expect(refusal_of(client.delete_topic(name))).to match([:unknown_topic_or_part, /Unknown topic/])
    end

    it "put partitions on the brokers that are named" do
      name = unique_name("topic")
      (@created_topics ||= []) << name
      within(60) { client.create_topic(name, 2, -1, replica_assignment: [[3, 1], [2, 3]]).wait }
      kafka.await_topic(name, 2)
      within(60) { client.create_partitions(name, 3, replica_assignment: [[1, 2]]).wait }
      kafka.await_topic(name, 3)
      partitions = within(60) { client.describe_topics([name]).wait.topics.first[:partitions] }

      expect(partitions.to_h { |found| [found[:partition], found[:replicas].map { |node| node[:id] }] })
        .to eq({ 0 => [3, 1], 1 => [2, 3], 2 => [1, 2] })
      expect(refusal_of(client.create_partitions(name, 4, replica_assignment: [[9, 1]])))
        .to match([:invalid_replica_assignment, String])
    end

    it "can only be looked at" do
      name = unique_name("topic")
      existing = created_topic
      within(60) { client.create_topic(name, 1, 1, validate_only: true, operation_timeout_ms: 5_000).wait }
      within(60) { client.create_partitions(existing, 5, validate_only: true).wait }
      topics = within(60) { client.describe_topics([name, existing]).wait.topics }

      expect(topics.to_h { |found| [found[:name], found[:partitions].size] }).to eq({ name => 0, existing => 1 })
      expect(refusal_of(client.create_topic(existing, 1, 1, validate_only: true)))
        .to match([:topic_already_exists, String])
    end

    it "take options with and without braces, beside others" do
      names = Array.new(2) { unique_name("topic") }
      (@created_topics ||= []).concat(names)
      within(60) { client.create_topic(names[0], 1, 1, "retention.ms": 77_000, broker_id: 1).wait }
      within(60) { client.create_topic(names[1], 1, 1, { "retention.ms" => 77_000 }, request_timeout_ms: 30_000).wait }
      resources = names.map { |name| { resource_type: 2, resource_name: name } }
      names.each { |name| kafka.await_topic(name, 1) }
      found = within(60) { client.describe_configs(resources).wait.resources }

      expect(found.flat_map(&:configs).select { |config| config.name == "retention.ms" }.map(&:value))
        .to eq(%w[77000 77000])
    end

    it "leave a report of the refusal to those who do not want to be told" do
      name = unique_name("topic")
      report = within(60) { client.delete_topic(name).wait(raise_response_error: false) }

      expect(report).to have_attributes(result_name: name, error_string: /Unknown topic/)
    end
  end

  describe "#create_partitions" do
    it "adds partitions until there are as many as asked for", :any_broker do
      topic = created_topic(partitions: 2)
      report = within(60) { client.create_partitions(topic, 5).wait }

      expect(report).to have_attributes(class: Rdkafka::Admin::CreatePartitionsReport, error_string: nil,
        result_name: topic)
      kafka.await_topic(topic, 5)
      expect(refusal_of(client.create_partitions(topic, 5))).to match([:invalid_partitions, /5/])
      expect(refusal_of(client.create_partitions(unique_name("topic"), 5))).to match([:unknown_topic_or_part, String])
    end
  end

  describe "#describe_topics" do
    it "tells of topics in the order asked for, and of those that do not exist", statement: 120 do
      topic = created_topic(partitions: 2, replicas: 3)
      missing = unique_name("topic")
      topics = within(60) { client.describe_topics([missing, topic]).wait.topics }
      absent, found = topics.sort_by { |described| described[:name] == topic ? 1 : 0 }

      expect(found.keys).to eq(%i[name topic_id is_internal partitions authorized_operations error])
      expect(found).to include(name: topic, topic_id: %r{\A[\w+/]{22}}, is_internal: false, authorized_operations: nil,
        error: nil)
      expect(found[:partitions].map { |partition| partition[:partition] }.sort).to eq([0, 1])
      first = found[:partitions].first
      expect(first.keys).to eq(%i[partition leader replicas isr])
      expect(first[:leader]).to include(id: Integer, host: "127.0.0.1", port: Integer, rack: nil)
      expect(first[:replicas].map { |node| node[:id] }).to contain_exactly(1, 2, 3)
      expect(first[:replicas]).to include(first[:leader])

      expect(absent).to include(name: missing, topic_id: nil, partitions: [], authorized_operations: nil)
      expect(absent[:error]).to have_attributes(code: :unknown_topic_or_part, broker_message: /Unknown topic/)
    end

    it "has binary texts" do
      topic = created_topic
      described = within(60) { client.describe_topics([topic]).wait.topics.first }
      texts = [described[:name], described[:topic_id], described[:partitions].first[:leader][:host]]

      expect(texts.map(&:encoding).uniq).to eq([Encoding::BINARY])
    end

    it "tells what this client may do, when asked", :any_broker, statement: 121 do
      topic = created_topic
      described = within(60) { client.describe_topics([topic], include_authorized_operations: true).wait.topics.first }

      expect(described[:authorized_operations]).to include(3, 4, 8).and all(be_an(Integer))
    end

    it "tells of the brokers' own topics" do
      # Groups have their offsets there.
      await_coordinators(created_topic)
      described = within(60) { client.describe_topics(["__consumer_offsets"]).wait.topics.first }

      expect(described).to include(is_internal: true, error: nil)
    end

    it "tells of two hundred at once" do
      existing = Array.new(3) { created_topic }
      names = (Array.new(197) { |number| "#{existing.first}-#{number}" } + existing).shuffle
      topics = within(60) { client.describe_topics(names).wait.topics }

      expect(topics.map { |topic| topic[:name] }).to match_array(names)
      expect(topics.reject { |topic| topic[:error] }.map { |topic| topic[:name] }).to match_array(existing)
    end

    it "tells of a hundred partitions while another thread is busy", defect: 29, statement: 123 do
      topic = created_topic(partitions: 100, replicas: 3)
      stop = false
      busy = Thread.new { nil until stop }
      topics = within(15) { client.describe_topics([topic]).wait.topics }
      stop = true
      busy.join

      expect(topics.first[:partitions].size).to eq(100)
      expect(topics.first[:partitions].sum { |partition| partition[:replicas].size }).to eq(300)
    end
  end

  it "is refused what ACLs forbid" do
    topic = created_topic
    forbid("alice", topic: topic, group: unique_name("group"))
    alice = admin_as("alice")

    described = within(60) { alice.describe_topics([topic]).wait.topics.first }
    expect(described).to include(name: topic, topic_id: nil, partitions: [])
    expect(described[:error].code).to eq(:topic_authorization_failed)
    expect(refusal_of(alice.create_partitions(topic, 5))).to match([:topic_authorization_failed, String])
  end
end
