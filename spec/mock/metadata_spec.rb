# frozen_string_literal: true

RSpec.describe Rdkafka::Metadata do
  let(:topic) { new_topic(partitions: 2) }

  describe "of the cluster" do
    it "has brokers", :gc, statement: 71 do
      addresses = KafkaClients.cluster.bootstrap_servers.split(",").map { |address| address.split(":") }
      brokers = consumer.metadata.brokers

      expect(brokers).to match_array(addresses.each.with_index(1).map do |(host, port), id|
        { broker_id: id, broker_name: host, broker_port: port.to_i }
      end)
      expect(brokers.first.keys).to eq(%i[broker_id broker_name broker_port])
      expect(brokers.first[:broker_name].encoding).to eq(Encoding::BINARY)
    end

    it "has all topics, or the one asked for" do
      other = new_topic
      topic
      names = ->(metadata) { metadata.topics.map { |found| found[:topic_name] } }
      client = consumer

      expect(names.call(client.metadata)).to include(topic, other)
      expect(names.call(client.metadata(topic))).to eq([topic])
      expect(names.call(client.metadata(nil, 10_000))).to include(topic)
    end

    it "has the partitions of a topic", :gc, statement: [71, 87] do
      found = consumer.metadata(topic).topics.first
      leaders = found[:partitions].map { |partition| partition[:leader] }

      expect(leaders).to all(be_between(1, 2))
      expect(found).to eq(
        topic_name: topic, partition_count: 2,
        partitions: leaders.map.with_index do |leader, id|
          place = { leader: leader, replicas: [leader], isrs: [leader] }
          { partition_id: id, replica_count: 1, in_sync_replica_brokers: 1, **place }
        end
      )
      expect(found.keys).to eq(%i[topic_name partition_count partitions])
      expect(found[:topic_name].encoding).to eq(Encoding::BINARY)
    end

    it "names all replicas", statement: 87 do
      KarafkaNative::MockCluster.new(brokers: 3) do |cluster|
        cluster.create_topic("spread", partitions: 3, replication_factor: 3)
        client = consumer("bootstrap.servers": cluster.bootstrap_servers)
        partitions = client.metadata("spread").topics.first[:partitions]
        client.close

        expect(partitions.map { |partition| partition[:replicas].sort }).to eq([[1, 2, 3]] * 3)
        expect(partitions.map { |partition| partition[:leader] }).to all(be_between(1, 3))
      end
    end

    it "is the same on all clients", statement: 88 do
      found = [consumer, producer, admin].map do |client|
        metadata = client.metadata(topic)
        [metadata.class, metadata.brokers, metadata.topics]
      end

      expect(found.uniq.size).to eq(1)
      expect(found.first.first).to eq(described_class)
    end
  end

  describe "that cannot be had" do
    it "is an error for a topic that does not exist" do
      expect { consumer.metadata(unique_name("missing")) }.to raise_error(Rdkafka::RdkafkaError) do |error|
        expect(error).to have_attributes(code: :unknown_topic_or_part, message_prefix: nil, broker_message: nil)
      end
    end

    it "is an error without brokers, which is not tried again" do
      lost = consumer("bootstrap.servers": "127.0.0.1:1")

      expect { within(20) { lost.metadata(nil, 100) } }
        .to raise_error(Rdkafka::RdkafkaError) { |error| expect(error.code).to eq(:transport) }
    end

    it "refuses what is no topic or no time" do
      client = consumer

      [[:topic], [1], [topic, "1"], [topic, nil]].each do |bad|
        expect { client.metadata(*bad) }.to raise_error(TypeError)
      end
      expect { client.metadata("a\0b") }.to raise_error(ArgumentError)
    end
  end

  describe "that takes several attempts" do
    # Answers with these codes, the last one for ever, and notes what it was asked.
    def broker(*codes)
      Class.new do
        attr_reader :requests

        define_method(:metadata) do |topic, timeout_ms|
          (@requests ||= []) << [topic, timeout_ms]
          code = codes.size > 1 ? codes.shift : codes.first
          code.zero? ? [[], [], 0] : [nil, nil, code]
        end
      end.new
    end

    # Asks without really sleeping.
    def ask(broker, pauses = [])
      described_class.allocate.tap do |metadata|
        allow(metadata).to receive(:sleep) { |seconds| pauses << (seconds * 1_000).round }
        metadata.send(:initialize, broker, "t", 123)
      end
    end

    it "repeats after a timeout and while there is no leader, with the same timeout", statement: 86 do
      broker = broker(-185, 5, 0)

      expect(ask(broker).topics).to eq([])
      expect(broker.requests).to eq([["t", 123]] * 3)
    end

    it "waits longer and longer, up to a second", statement: 86 do
      pauses = []

      expect { ask(broker(-185), pauses) }
        .to raise_error(Rdkafka::RdkafkaError) { |error| expect(error.code).to eq(:timed_out) }
      expect(pauses).to eq([200, 400, 800, *[1_000] * 7])
    end

    it "gives up after eleven attempts", statement: 86 do
      broker = broker(-185)

      expect { ask(broker) }.to raise_error(Rdkafka::RdkafkaError)
      expect(broker.requests.size).to eq(11)
    end

    it "gives up earlier, but not before three attempts, when the time is used up", statement: 86 do
      stub_const("Rdkafka::Defaults::METADATA_RETRY_BUDGET_MS", -1)
      broker = broker(5)

      expect { ask(broker) }
        .to raise_error(Rdkafka::RdkafkaError) { |error| expect(error.code).to eq(:leader_not_available) }
      expect(broker.requests.size).to eq(3)
    end

    it "does not repeat after other errors", statement: 86 do
      [-195, 3, 29, -150].each do |code|
        broker = broker(code)

        expect { ask(broker) }.to raise_error(Rdkafka::RdkafkaError)
        expect(broker.requests.size).to eq(1)
      end
    end

    it "succeeds when there is a leader in the end", statement: 86 do
      client = consumer
      client.metadata(topic)
      KafkaClients.cluster.push_errors(:Metadata, *[5] * 2)

      expect(within(20) { client.metadata(topic) }.topics.first[:topic_name]).to eq(topic)
    ensure
      KafkaClients.cluster.clear_errors(:Metadata)
    end
  end
end
