# frozen_string_literal: true

require "zlib"

RSpec.describe Rdkafka::Producer do
  subject(:client) { producer(**options) }

  let(:options) { {} }
  let(:topic) { new_topic }

  describe "a partition key" do
    let(:topic) { new_topic(partitions: 1_000) }
    # Keys with the hashes that the Java client computes for them.
    let(:java_hashes) do
      {
        "21" => -973_932_308, "foobar" => -790_332_482, "abc" => 479_470_107,
        "a-little-bit-long-string" => -985_981_536, "a-little-bit-longer-string" => -1_486_304_829,
        "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8" => -58_897_971
      }
    end

    def partition_of(key, partitioner, **)
      client.produce(topic: topic, payload: "a", partition_key: key, partitioner: partitioner, **).wait.partition
    end

    def hash_of(key, algorithm)
      case algorithm
      when "murmur2" then java_hashes.fetch(key) & 0x7fffffff
      when "consistent" then Zlib.crc32(key)
      when "fnv1a"
        hash = key.bytes.reduce(0x811c9dc5) { |memo, byte| ((memo ^ byte) * 0x01000193) & 0xffffffff }
        hash[31] == 1 ? (1 << 32) - hash : hash
      end
    end

    %w[murmur2 consistent fnv1a].product(["", "_random"]).each do |algorithm, suffix|
      it "picks the partition that others pick with #{algorithm}#{suffix}", statement: 37 do
        java_hashes.each_key do |key|
          expect(partition_of(key, algorithm + suffix)).to eq(hash_of(key, algorithm) % 1_000), key
        end
      end
    end

    it "picks any partition with random" do
      expect(Array.new(6) { partition_of("abc", "random") }.uniq.size).to be > 1
    end

    it "may be empty", statement: 35 do
      expect(%w[consistent murmur2 fnv1a].map { |partitioner| partition_of("", partitioner) }).to eq([0, 681, 35])
      %w[random consistent_random murmur2_random fnv1a_random].each do |partitioner|
        expect(Array.new(6) { partition_of("", partitioner) }.uniq.size).to be > 1
      end
    end

    it "is hashed over as many bytes as it has characters", defect: 2, statement: 38 do
      keys = %w[é éé ééé日本 abc]

      expect(keys.map { |key| partition_of(key, "murmur2") }).to eq([682, 271, 751, 107])
      expect(keys.map { |key| partition_of(key.b, "murmur2") }).to eq([271, 411, 81, 107])
    end

    it "is hashed over all its bytes if wanted, at once and by all producers", defect: 2, statement: 106 do
      client
      Rdkafka::Config.partitioner_key_uses_bytesize = true

      expect(%w[é éé ééé日本 abc].map { |key| partition_of(key, "murmur2") }).to eq([271, 411, 81, 107])
      Rdkafka::Config.partitioner_key_uses_bytesize = false
      expect(partition_of("éé", "murmur2")).to eq(271)
    ensure
      Rdkafka::Config.partitioner_key_uses_bytesize = false
    end

    it "overrides the partition" do
      expect(partition_of("abc", "murmur2", partition: 5)).to eq(107)
      expect(client.produce(topic: topic, partition: 5, partition_key: nil).wait.partition).to eq(5)
    end

    it "leaves the key alone", statement: 37 do
      expect(partition_of("abc", "murmur2", key: "21")).to eq(107)
      partition_of("abc", "murmur2")

      expect(consume(assigned_consumer(topic, { 107 => 0 }), 2).map(&:key)).to eq(["21", nil])
    end

    it "falls back to the partition given, or any, when the topic is unknown", statement: 40 do
      described_class.partitions_count_cache.set(topic, -1)

      expect(client.produce(topic: topic, payload: "a", partition_key: "abc", partition: 5).wait.partition).to eq(5)
      expect(client.produce(topic: topic, payload: "a", partition_key: "abc", partitioner: "bad").wait).to be_persisted
    end

    it "remembers that a topic is missing", statement: 40 do
      name = unique_name("missing")
      client = producer("allow.auto.create.topics": false)
      closing(KafkaClients::Purger.new(client))

      expect(client.produce(topic: name, payload: "a", partition_key: "abc").topic).to eq(name)
      expect(described_class.partitions_count_cache.to_h.fetch(name)[1]).to eq(-1)
    end

    it "has to be a String", :untyped do
      [5, :abc].each do |bad|
        expect { client.produce(topic: topic, payload: "a", partition_key: bad) }
          .to raise_error(TypeError, "partition_key has to be a String, got #{bad.inspect}")
        expect(client.queue_size).to eq(0)
      end
    end

    it "needs a partitioner that exists" do
      [["bad", /: bad\z/], [nil, /: \z/], ["\xFF", /: /], ["a".encode("UTF-16LE"), /: a\0\z/]].each do |name, text|
        expect { partition_of("abc", name) }.to raise_error(Rdkafka::Config::ConfigError, text)
      end
      expect(client.produce(topic: topic, payload: "a", partitioner: "bad").wait).to be_persisted
    end

    describe "without a partitioner in the message" do
      def partition_for(client, **)
        client.produce(topic: topic, payload: "a", partition_key: "abc", **).wait.partition
      end

      it "uses consistent_random", statement: 39 do
        expect(partition_for(client)).to eq(Zlib.crc32("abc") % 1_000)
      end

      [:partitioner, "partitioner"].each do |key|
        it "uses what is configured as #{key.inspect}", statement: 36 do
          expect(partition_for(producer(key => "murmur2"))).to eq(107)
        end
      end

      it "prefers that of the topic's options, if it is a Symbol", statement: 36 do
        expect(partition_for(client, topic_config: { partitioner: "murmur2" }, partitioner: "fnv1a")).to eq(107)
        expect(partition_for(client, topic_config: { "partitioner" => "murmur2" })).to eq(Zlib.crc32("abc") % 1_000)
      end

      it "may name it with a Symbol" do
        expect(partition_for(client, partitioner: :murmur2)).to eq(107)
      end
    end
  end

  describe "#partition_count" do
    before { described_class.partitions_count_cache.to_h.clear }

    it "tells how many partitions a topic has" do
      expect(client.partition_count(new_topic(partitions: 7))).to eq(7)
    end

    it "is -1 for an unknown topic", statement: 41 do
      expect(producer("allow.auto.create.topics": false).partition_count(unique_name("missing"))).to eq(-1)
    end

    it "goes through the cache of all producers" do
      described_class.partitions_count_cache.set(topic, 42)

      expect(client.partition_count(topic)).to eq(42)
      expect(producer.partition_count(topic)).to eq(42)
    end

    it "fills the cache" do
      client.partition_count(topic)

      expect(described_class.partitions_count_cache.to_h[topic][1]).to eq(1)
    end

    it "raises when nobody can be asked" do
      stub_const("Rdkafka::Defaults::METADATA_TIMEOUT_MS", 100)
      stub_const("Rdkafka::Defaults::METADATA_RETRY_BUDGET_MS", 300)

      expect { within(20) { unreachable_producer.partition_count("t") } }
        .to raise_error(Rdkafka::RdkafkaError) { |error| expect(error.code).to eq(:transport) }
    end

    [nil, :symbol, 5].each do |bad|
      it "refuses #{bad.inspect}" do
        expect { client.partition_count(bad) }.to raise_error(TypeError)
      end
    end
  end
end
