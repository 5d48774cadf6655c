# frozen_string_literal: true

require "rdkafka/producer/testing"
require "zlib"

RSpec.describe Rdkafka::Producer do
  subject(:client) { producer(**options) }

  let(:options) { {} }
  let(:topic) { new_topic }
  let(:timeout_error) { Rdkafka::AbstractHandle::WaitTimeoutError }

  # Produces one message and reads it back.
  def round_trip(**message)
    client.produce(topic: topic, **message).wait
    messages_of(topic).first
  end

  def error_of
    yield
    nil
  rescue StandardError => e
    e
  end

  describe "#produce" do
    it "returns a handle at once and delivers" do
      handle = client.produce(topic: topic, payload: "a", key: "b")
      report = handle.wait

      expect(handle).to be_a(Rdkafka::Producer::DeliveryHandle)
      expect(report).to have_attributes(partition: 0, offset: 0, error: nil, label: nil)
      expect(client.produce(topic: topic, payload: "a").wait.offset).to eq(1)
    end

    it "delivers while the main thread sleeps in a Ruby call" do
      handle = client.produce(topic: topic, payload: "a")

      eventually { !handle.pending? }
      expect(handle.create_result).to be_persisted
    end

    it "can be called from several threads at once" do
      handles = within(30) do
        Array.new(4) do |thread|
          Thread.new do
            Array.new(250) do |i|
              client.produce(topic: topic, payload: "#{thread} #{i}")
            end
          end
        end
          .flat_map(&:value)
      end

      expect(handles.map { |handle| handle.wait.offset }.sort).to eq((0...1_000).to_a)
    end

    describe "payload and key" do
      it "arrive as binary bytes", statement: [32, 71] do
        message = round_trip(payload: "päyload".encode("UTF-16LE"), key: "\xff\0".b)

        expect(message.payload).to eq("päyload".encode("UTF-16LE").b)
        expect(message.key).to eq("\xff\0".b)
        expect([message.payload, message.key].map(&:encoding)).to all(eq(Encoding::BINARY))
      end

      it "may be nil", statement: 32 do
        expect(round_trip(payload: nil, key: nil)).to have_attributes(payload: nil, key: nil)
        expect(round_trip).to have_attributes(payload: nil, key: nil)
      end

      it "may be empty, which is not nil", statement: 32 do
        expect(round_trip(payload: "", key: "")).to have_attributes(payload: "", key: "")
      end

      it "are copied" do
        payload = +"before"
        key = +"key"
        client.produce(topic: topic, payload: payload, key: key)
        payload.replace("after!")
        key.replace("KEY")

        expect(messages_of(topic).first).to have_attributes(payload: "before", key: "key")
      end

      [5, :symbol, ["a"], { a: 1 }].each do |bad|
        it "cannot be #{bad.inspect}", statement: 32 do
          expect { client.produce(topic: topic, payload: bad) }.to raise_error(NoMethodError, /bytesize/)
          expect { client.produce(topic: topic, key: bad) }.to raise_error(NoMethodError, /bytesize/)
          expect(client.queue_size).to eq(0)
        end
      end

      it "may be large" do
        payload = "0123456789" * 99_000

        expect(round_trip(payload: payload).payload).to eq(payload)
      end

      it "may be too large" do
        expect do
          client.produce(topic: topic, payload: "a" * 1_000_001)
        end.to raise_error(Rdkafka::RdkafkaError) { |error|
                 expect(error).to have_attributes(
                   code: :msg_size_too_large, message_prefix: nil, broker_message: nil
                 )
               }
      end
    end

    describe "topic" do
      it "has to be a String" do
        [nil, :symbol, 5].each do |bad|
          expect { client.produce(topic: bad, payload: "a") }.to raise_error(TypeError)
        end
      end

      it "is required" do
        expect { client.produce(payload: "a") }.to raise_error(ArgumentError, /missing keyword: :topic/)
      end

      it "has no null bytes" do
        expect { client.produce(topic: "a\0b", payload: "a") }.to raise_error(ArgumentError, /null byte/)
      end

      it "can be too long" do
        name = "a" * 40_000

        expect { client.produce(topic: name, payload: "a") }
          .to raise_error(described_class::TopicHandleCreationError, "Error creating topic handle for topic #{name}")
      end

      it "may have odd characters or none, for all that is known here" do
        ["", "é", "a b", "\xff".b].each { |odd| expect(client.produce(topic: odd, payload: "a").wait.topic).to eq(odd) }
      end
    end

    describe "partition" do
      let(:topic) { new_topic(partitions: 3) }

      it "is where the message goes" do
        expect([2, 0, 1].map { |partition| client.produce(topic: topic, partition: partition).wait.partition })
          .to eq([2, 0, 1])
      end

      it "is left to librdkafka when nil or -1" do
        [nil, -1].each do |unassigned|
          expect(client.produce(topic: topic, payload: "a", partition: unassigned).wait.partition).to be_between(0, 2)
        end
      end

      it "follows the key otherwise", statement: 39 do
        partitions = ["key", "key timestamp", "key utf8", "key-forked"].map do |key|
          client.produce(topic: topic, payload: "a", key: key).wait.partition
        end

        expect(partitions).to eq([1, 2, 1, 0])
      end

      it "has to exist" do
        client.partition_count(topic)
        client.produce(topic: topic, payload: "a").wait
        [3, 5_000, -2].each do |bad|
          expect { client.produce(topic: topic, payload: "a", partition: bad) }
            .to raise_error(Rdkafka::RdkafkaError) { |error| expect(error.code).to eq(:unknown_partition) }
        end
      end

      it "has to be a number that fits" do
        expect { client.produce(topic: topic, partition: "0") }.to raise_error(TypeError)
        expect { client.produce(topic: topic, partition: 2**31) }.to raise_error(RangeError)
      end
    end

    describe "timestamp" do
      it "is now unless given" do
        before = Time.now.to_i
        message = round_trip(payload: "a")

        expect(message.timestamp).to be_a(Time)
        expect(message.timestamp.to_i).to be_between(before - 1, Time.now.to_i + 1)
      end

      it "may be milliseconds", statement: 33 do
        expect(round_trip(timestamp: 1_505_069_646_353).timestamp).to eq(Time.at(1_505_069_646, 353_000))
      end

      it "may be a Time, cut to milliseconds", statement: 33 do
        expect(round_trip(timestamp: Time.at(1_505_069_646, 353_999)).timestamp).to eq(Time.at(1_505_069_646, 353_000))
      end

      [1.5, "1505069646353", :now, Object.new].each do |bad|
        it "cannot be a #{bad.class}", statement: 33 do
          expect { client.produce(topic: topic, timestamp: bad) }
            .to raise_error(TypeError, "Timestamp has to be nil, an Integer or a Time")
        end
      end

      it "has to fit" do
        expect { client.produce(topic: topic, timestamp: 2**64) }.to raise_error(RangeError)
      end
    end

    describe "headers" do
      it "may have Strings and Symbols as names", statement: 34 do
        headers = round_trip(headers: { "a" => "1", b: "2" }).headers

        expect(headers).to eq("a" => "1", "b" => "2")
      end

      it "may be repeated", statement: 34 do
        expect(round_trip(headers: { "a" => %w[1 2], "b" => ["3"] }).headers).to eq("a" => %w[1 2], "b" => "3")
      end

      [nil, {}, [], { "a" => [] }].each do |none|
        it "are none in #{none.inspect}", statement: [34, 76] do
          message = round_trip(payload: "a", headers: none)

          expect(message.headers).to eq({})
          expect(message.headers).to be_frozen
        end
      end

      it "are converted with to_s, nil to an empty String", statement: 34 do
        headers = { 1 => 2, nil => nil, true => :yes, 1.5 => [nil, 3] }

        expect(round_trip(headers: headers).headers)
          .to eq("1" => "2", "" => "", "true" => "yes", "1.5" => ["", "3"])
      end

      it "may be an Array of pairs" do
        expect(round_trip(headers: [["a", 1], [:b, 2], ["a", 3]]).headers).to eq("a" => %w[1 3], "b" => "2")
      end

      it "may be anything whose each yields pairs" do
        pairs = Object.new
        def pairs.each
          yield "a", 1
          yield ["b", 2]
        end

        expect(round_trip(headers: pairs).headers).to eq("a" => "1", "b" => "2")
      end

      it "keep all bytes, but for null bytes in names" do
        value = (0..255).map(&:chr).join.b

        expect(round_trip(headers: { "é" => value }).headers).to eq("é".b => value)
        expect { client.produce(topic: topic, headers: { "a\0" => "b" }) }.to raise_error(ArgumentError)
      end

      it "are consumed with binary values and frozen names", statement: [71, 72] do
        headers = round_trip(headers: { "a" => "b" }).headers

        expect(headers).to be_frozen
        expect(headers.first.map(&:encoding)).to all(eq(Encoding::BINARY))
        expect(headers.first.map(&:frozen?)).to eq([true, false])
      end

      it "leave nothing behind when one cannot be converted", statement: 16 do
        bad = Object.new
        def bad.to_s = raise(IOError, "no text")
        error = error_of { client.produce(topic: topic, payload: "a", headers: { "a" => "b", "c" => bad }) }
        second = error_of { client.produce(topic: topic, payload: "a", headers: { bad => "b" }) }

        expect([error, second].map(&:message)).to eq(["no text", "no text"])
        expect(client.queue_size).to eq(0)
        expect(Rdkafka::AbstractHandle::REGISTRY.values.map(&:topic)).not_to include(topic)
      end

      it "cannot be a number" do
        expect { client.produce(topic: topic, headers: 5) }.to raise_error(NoMethodError, /each/)
      end
    end

    describe "label" do
      it "is on handle and report", statement: 28 do
        label = Object.new
        handle = client.produce(topic: topic, payload: "a", label: label)

        expect(handle.label).to equal(label)
        expect(handle.wait.label).to equal(label)
      end
    end

    describe "topic_config" do
      it "holds for its topic only", statement: 42 do
        client = unreachable_producer
        quick = client.produce(topic: "quick", payload: "a", topic_config: { "message.timeout.ms": 1 })
        slow = client.produce(topic: "slow", payload: "a")

        expect { quick.wait(max_wait_timeout_ms: 2_500) }
          .to raise_error(Rdkafka::RdkafkaError) { |error| expect(error.code).to eq(:msg_timed_out) }
        expect(slow).to be_pending
      end

      it "has names and values that are converted with to_s", statement: 103 do
        report = client.produce(topic: topic, payload: "a",
          topic_config: { acks: :"0", "request.timeout.ms" => 9 }).wait

        expect(report).to be_possibly_persisted
        expect(client.produce(topic: new_topic, payload: "a", topic_config: {}).wait).to be_persisted
      end

      # librdkafka has one configuration for each topic of a client.
      it "holds from the first message of a topic on" do
        client.produce(topic: topic, payload: "a").wait

        expect(client.produce(topic: topic, payload: "a", topic_config: { acks: 0 }).wait).to be_persisted
      end

      it "has to be right", statement: 42 do
        2.times do
          expect { client.produce(topic: topic, payload: "a", topic_config: { "invalid.key": 1 }) }
            .to raise_error(Rdkafka::Config::ConfigError, 'No such configuration property: "invalid.key"')
        end
        expect { client.produce(topic: topic, payload: "a", topic_config: { acks: "many" }) }
          .to raise_error(Rdkafka::Config::ConfigError,
            'Invalid value for configuration property "request.required.acks"')
        expect { client.produce(topic: topic, payload: "a", topic_config: nil) }.to raise_error(NoMethodError)
        expect(client.produce(topic: topic, payload: "a").wait).to be_persisted
      end
    end

    it "checks its arguments in order" do
      bad_config = { "invalid.key": 1 }
      bad_headers = { "a\0" => "b" }
      produce = ->(**message) { error_of { client.produce(topic: topic, **message) } }
      bad_timestamp = a_kind_of(TypeError).and(having_attributes(message: /Timestamp/))

      expect(produce.call(payload: 1, topic_config: bad_config)).to be_a(NoMethodError)
      expect(produce.call(key: 1, timestamp: 1.5)).to be_a(NoMethodError)
      expect(produce.call(topic_config: bad_config, timestamp: 1.5)).to be_a(Rdkafka::Config::ConfigError)
      expect(produce.call(partition_key: "a", partitioner: "bad", timestamp: 1.5)).to be_a(Rdkafka::Config::ConfigError)
      expect(error_of { client.produce(topic: "a\0", timestamp: 1.5) }).to be_a(ArgumentError)
      expect(error_of { client.produce(topic: :a, timestamp: 1.5) }).not_to match(bad_timestamp)
      expect(produce.call(timestamp: 1.5, headers: bad_headers)).to match(bad_timestamp)
      expect(client.queue_size).to eq(0)
    end

    [
      { payload: 1 }, { key: 1 }, { topic_config: nil }, { topic_config: { "invalid.key": 1 } }, { timestamp: 1.5 },
      { headers: 5 }, { headers: { "a\0" => "b" } }, { partition: "0" }, { partition_key: "a" }, { topic: nil }
    ].each do |message|
      it "checks whether the producer is closed before it looks at #{message.inspect}", statement: 14 do
        client.close

        expect { client.produce(topic: "t", **message) }
          .to raise_error(Rdkafka::ClosedProducerError, "Illegal call to produce on a closed producer")
      end
    end

    it "says when the queue is full" do
      client = unreachable_producer("queue.buffering.max.messages": 2)
      2.times { client.produce(topic: "t", payload: "a") }

      expect { client.produce(topic: "t", payload: "a") }.to raise_error(Rdkafka::RdkafkaError) { |error|
        expect(error).to have_attributes(code: :queue_full, message_prefix: nil)
      }
    end

    it "is not possible outside of a transaction" do
      client = producer("transactional.id": unique_name("transaction"))

      expect { client.produce(topic: topic, payload: "a") }
        .to raise_error(Rdkafka::RdkafkaError) { |error| expect(error.code).to eq(:state) }
    end
  end

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
      [["bad", "Unknown partitioner: bad"], [nil, "Unknown partitioner: "]].each do |name, text|
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

  describe "#flush" do
    it "is true when everything is delivered", statement: 30 do
      handles = Array.new(3) { client.produce(topic: topic, payload: "a") }

      expect(client.flush).to be(true)
      expect(handles.map(&:pending?)).to eq([false] * 3)
    end

    it "is true when there is nothing", statement: 30 do
      expect(client.flush(0)).to be(true)
    end

    it "is false when the time is over", statement: 30 do
      client = unreachable_producer
      handle = client.produce(topic: "t", payload: "a")

      expect(client.flush(50)).to be(false)
      expect(client.flush(0)).to be(false)
      expect(handle).to be_pending
    end

    it "delivers for a producer without a polling thread, on the calling thread", statement: 43 do
      client = closing(config.producer(run_polling_thread: false))
      threads = []
      client.delivery_callback = ->(_) { threads << Thread.current }
      handle = client.produce(topic: topic, payload: "a")

      expect { handle.wait(max_wait_timeout_ms: 50) }.to raise_error(timeout_error)
      expect(client.flush).to be(true)
      expect(handle.wait(max_wait_timeout_ms: 0)).to be_persisted
      expect(threads).to eq([Thread.current])
    end

    it "does not stop other threads" do
      client = unreachable_producer
      client.produce(topic: "t", payload: "a")
      count = 0
      flushing = Thread.new { client.flush(300) }
      count += 1 while flushing.alive?

      expect(flushing.value).to be(false)
      expect(count).to be > 1_000
    end

    it "refuses what is no time" do
      expect { client.flush(nil) }.to raise_error(TypeError)
      expect { client.flush("1") }.to raise_error(TypeError)
    end
  end

  describe "#purge" do
    it "gives up what is queued", statement: [30, 103] do
      client = unreachable_producer
      codes = Thread::Queue.new
      client.delivery_callback = ->(report) { codes << report.error }
      handle = client.produce(topic: "t", payload: "a")

      expect(within(20) { client.purge }).to be(true)
      expect { handle.wait(max_wait_timeout_ms: 0) }
        .to raise_error(Rdkafka::RdkafkaError) { |error| expect(error.code).to eq(:purge_queue) }
      expect(handle.create_result).to have_attributes(status: 0, broker_id: nil, offset: be_between(-1_001, -1))
      expect(codes.pop(timeout: 5)).to eq(-152)
      expect(client.queue_size).to eq(0)
    end

    it "gives up what is in flight", statement: 103 do
      KarafkaNative::MockCluster.new do |cluster|
        cluster.create_topic("t")
        client = producer("bootstrap.servers": cluster.bootstrap_servers, "linger.ms": 0)
        client.produce(topic: "t", payload: "a").wait
        cluster.set_round_trip_time(3_000)
        handle = client.produce(topic: "t", payload: "b")
        sleep(0.3) # nothing tells that the request is under way

        expect(within(20) { client.purge }).to be(true)
        expect(handle.create_result.error.code).to eq(:purge_inflight)
        expect(handle.create_result).to have_attributes(status: 1, broker_id: 1, possibly_persisted?: true)
        client.close
      end
    end

    it "is true when there is nothing" do
      expect(client.purge).to be(true)
    end

    it "works without a polling thread", statement: 43 do
      client = closing(
        config("bootstrap.servers": "127.0.0.1:1", "message.timeout.ms": 2_000).producer(run_polling_thread: false)
      )
      handle = client.produce(topic: "t", payload: "a")

      expect(within(20) { client.purge }).to be(true)
      expect(handle.create_result.error.code).to eq(:purge_queue)
    end
  end

  describe "#queue_size" do
    it "counts what waits", statement: 31 do
      client = unreachable_producer
      3.times { client.produce(topic: "t", payload: "a") }

      expect(client.queue_size).to be >= 3
    end

    it "is 0 after a flush", statement: 31 do
      client.produce(topic: topic, payload: "a")
      client.flush

      expect(client.queue_size).to eq(0)
    end

    it "is also called queue_length", :untyped, statement: 31 do
      expect(described_class.instance_method(:queue_length)).to eq(described_class.instance_method(:queue_size))
    end
  end

  describe "#events_poll_nb_each" do
    let(:client) { closing(config.producer(run_polling_thread: false)) }

    it "delivers without a polling thread", statement: 43 do
      handle = client.produce(topic: topic, payload: "a")
      eventually do
        client.events_poll_nb_each { nil }
        !handle.pending?
      end

      expect(handle.wait).to be_persisted
    end

    it "yields how many events it has served, until nothing is left", statement: 68 do
      5.times { client.produce(topic: topic, payload: "a") }
      counts = []
      eventually do
        client.events_poll_nb_each { |count| counts << count }
        client.queue_size.zero?
      end

      # The reports of a batch are one event.
      expect(counts).to all(be_between(1, 5))
      expect(counts).not_to be_empty
    end

    it "stops when told so, and returns nil", statement: 68 do
      client.produce(topic: topic, payload: "a")
      rounds = 0
      result = eventually do
        client.events_poll_nb_each do
          rounds += 1
          :stop
        end
        rounds.positive? && [client.events_poll_nb_each { nil }]
      end

      expect(rounds).to eq(1)
      expect(result).to eq([nil])
    end

    it "may be used beside the polling thread" do
      client = producer
      handles = Array.new(20) { client.produce(topic: topic, payload: "a") }
      client.events_poll_nb_each { nil } while handles.any?(&:pending?)

      expect(handles.map(&:wait)).to all(be_persisted)
    end
  end

  describe "#set_topic_config" do
    it "gives a topic options, once" do
      client.set_topic_config(topic, { acks: 0 }, 1)
      client.set_topic_config(topic, { "invalid.key": 1 }, 1)

      expect { client.set_topic_config(topic, { "invalid.key": 1 }, 2) }.to raise_error(Rdkafka::Config::ConfigError)
    end

    it "prepares produce with the same options" do
      options = { acks: 0 }
      client.set_topic_config(topic, options, options.hash)

      expect(client.produce(topic: topic, payload: "a", topic_config: options).wait).to be_possibly_persisted
    end

    it "refuses topics" do
      expect { client.set_topic_config("a" * 40_000, {}, 1) }.to raise_error(described_class::TopicHandleCreationError)
      expect { client.set_topic_config(nil, {}, 1) }.to raise_error(TypeError)
    end
  end

  describe "IO events" do
    let(:pipe) { IO.pipe.each { |io| closing(io) } }

    it "are refused while there is a polling thread, also of a closed producer", statement: 44 do
      2.times do
        %i[enable_queue_io_events enable_background_queue_io_events].each do |name|
          expect { client.public_send(name, 1) }
            .to raise_error(RuntimeError, /\ACannot enable IO events while background polling thread is active\./)
        end
        client.close
      end
    end

    it "signal a delivery report", statement: 44 do
      reader, writer = pipe
      client = closing(config.producer(run_polling_thread: false))
      expect(client.enable_queue_io_events(writer.fileno, "payload")).to be_nil
      handle = client.produce(topic: topic, payload: "a")

      expect(reader.wait_readable(10)).not_to be_nil
      expect(reader.read_nonblock(100)).to start_with("payload")
      eventually do
        client.events_poll_nb_each { nil }
        !handle.pending?
      end
    end
  end

  describe "#close" do
    it "waits for deliveries" do
      handles = Array.new(10) { client.produce(topic: topic, payload: "a") }
      within(30) { client.close }

      expect(handles.map { |handle| handle.wait(max_wait_timeout_ms: 0) }).to all(be_persisted)
      expect(client).to be_closed
    end

    it "waits until messages have timed out" do
      client = unreachable_producer("message.timeout.ms": 300)
      handle = client.produce(topic: "t", payload: "a")
      within(30) { client.close }

      expect(handle.create_result.error.code).to eq(:msg_timed_out)
    end

    it "can be repeated", statement: 8 do
      2.times { expect(within(20) { client.close }.to_h).to eq({}) }
    end

    it "does not leave handles pending without a polling thread" do
      client = closing(config("bootstrap.servers": "127.0.0.1:1").producer(run_polling_thread: false))
      handle = client.produce(topic: "t", payload: "a")
      within(20) { client.close }

      expect { handle.wait(max_wait_timeout_ms: 0) }.to raise_error(Rdkafka::RdkafkaError)
    end

    it "lets the delivery callback hear of the last messages" do
      offsets = []
      client.delivery_callback = ->(report) { offsets << report.offset }
      3.times { client.produce(topic: topic, payload: "a") }
      within(30) { client.close }

      expect(offsets).to eq([0, 1, 2])
    end
  end

  describe "a closed producer" do
    before { client.close }

    {
      partition_count: ["t"], flush: [], purge: [], queue_size: [], events_poll_nb_each: [], metadata: []
    }.each do |name, arguments|
      it "refuses #{name}", statement: 14 do
        expect { client.public_send(name, *arguments) }
          .to raise_error(Rdkafka::ClosedProducerError, "Illegal call to #{name} on a closed producer")
      end
    end

    it "names queue_size when it refuses queue_length", statement: 14 do
      expect { client.queue_length }
        .to raise_error(Rdkafka::ClosedProducerError, "Illegal call to queue_size on a closed producer")
    end

    {
      start: [], name: [], set_topic_config: ["t", {}, 1], oauthbearer_set_token_failure: ["no"]
    }.each do |name, arguments|
      it "refuses #{name}", statement: 13 do
        expect { client.public_send(name, *arguments) }
          .to raise_error(Rdkafka::ClosedInnerError, "Illegal call to a closed inner librdkafka instance")
      end
    end

    it "refuses a token", statement: 13 do
      expect { client.oauthbearer_set_token(token: "a", lifetime_ms: 1, principal_name: "b") }
        .to raise_error(Rdkafka::ClosedInnerError)
    end

    it "refuses IO events", statement: 13 do
      closed = config.producer(run_polling_thread: false).tap(&:close)

      expect { closed.enable_queue_io_events(1) }.to raise_error(Rdkafka::ClosedInnerError)
      expect { closed.enable_background_queue_io_events(1) }.to raise_error(Rdkafka::ClosedInnerError)
    end

    it "takes a delivery callback" do
      callback = -> {}
      client.delivery_callback = callback

      expect(client.delivery_callback).to equal(callback)
    end

    it "still knows its name if that was asked for" do
      asked = producer
      name = asked.name
      asked.close

      expect(asked.name).to eq(name)
    end
  end

  describe "delivery reports" do
    it "tell that the leader has stored the message", statement: 102 do
      report = client.produce(topic: topic, payload: "a").wait

      expect(report).to have_attributes(status: 2, persisted?: true, broker_id: 1, latency: be_positive)
    end

    it "tell that a message timed out before it was sent", statement: 103 do
      client = unreachable_producer("message.timeout.ms": 100)
      report = client.produce(topic: "t", payload: "a").wait(raise_response_error: false)

      expect(report).to have_attributes(
        status: 0, not_persisted?: true, broker_id: nil, offset: be_between(-1_001, -1), partition: -1
      )
      expect(report.error.code).to eq(:msg_timed_out)
    end

    it "tell that nobody knows about a message that timed out in flight", statement: 103 do
      KarafkaNative::MockCluster.new do |cluster|
        cluster.create_topic("t")
        client = producer("bootstrap.servers": cluster.bootstrap_servers, "linger.ms": 0, "message.timeout.ms": 700)
        client.produce(topic: "t", payload: "a").wait
        cluster.set_round_trip_time(5_000)
        report = client.produce(topic: "t", payload: "b").wait(raise_response_error: false, max_wait_timeout_ms: 20_000)

        expect(report).to have_attributes(status: 1, possibly_persisted?: true)
        expect(report.error.code).to eq(:msg_timed_out)
        client.close
      end
    end

    it "tell that nobody asked whether a message was stored", statement: 103 do
      report = producer(acks: 0).produce(topic: topic, payload: "a").wait

      expect(report).to have_attributes(status: 1, possibly_persisted?: true, error: nil)
    end

    it "tell what the broker said" do
      KafkaClients.cluster.push_errors(:Produce, 87)
      handle = client.produce(topic: topic, payload: "a")

      expect { handle.wait }.to raise_error(Rdkafka::RdkafkaError) { |error| expect(error.code).to eq(:invalid_record) }
    ensure
      KafkaClients.cluster.clear_errors(:Produce)
    end

    it "come after retries" do
      KafkaClients.cluster.push_errors(:Produce, 7, -195)

      expect(client.produce(topic: topic, payload: "a").wait).to be_persisted
    ensure
      KafkaClients.cluster.clear_errors(:Produce)
    end
  end

  describe "a fatal error" do
    # Other producers do not look for fatal errors.
    let(:options) { { "enable.idempotence": true } }

    before { client.singleton_class.include(Rdkafka::Testing) }

    after { Rdkafka::Config.error_callback = nil }

    it "is the real one, everywhere", statement: [52, 53] do
      errors = Thread::Queue.new
      Rdkafka::Config.error_callback = ->(error) { errors << error }

      expect(client.fatal_error).to be_nil
      expect(client.trigger_test_fatal_error(47, "x")).to eq(0)
      expect(client.fatal_error).to eq(error_code: 47, error_string: "test_fatal_error: x")
      expect { client.produce(topic: topic, payload: "a") }.to raise_error(Rdkafka::RdkafkaError) { |error|
        expect(error).to have_attributes(
          code: :invalid_producer_epoch, fatal?: true, broker_message: "test_fatal_error: x", message_prefix: nil
        )
      }
      expect(errors.pop(timeout: 10)).to have_attributes(code: :invalid_producer_epoch, fatal?: true)
      expect(errors.pop(timeout: 0.2)).to be_nil
    end

    it "happens once" do
      client.trigger_test_fatal_error(47, "x")

      expect(client.trigger_test_fatal_error(90, "y")).to eq(-177)
    end

    it "does not keep from flushing and closing", statement: 53 do
      client.trigger_test_fatal_error(47, "x")

      expect(client.flush).to be(true)
      within(20) { client.close }
      expect { client.fatal_error }.to raise_error(Rdkafka::ClosedInnerError)
      expect { client.trigger_test_fatal_error(47, "x") }.to raise_error(Rdkafka::ClosedInnerError)
    end
  end
end
