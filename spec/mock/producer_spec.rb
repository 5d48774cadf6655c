# frozen_string_literal: true

RSpec.describe Rdkafka::Producer do
  subject(:client) { producer(**options) }

  let(:options) { {} }
  let(:topic) { new_topic }

  # Produces one message and reads it back.
  def round_trip(**message)
    client.produce(topic: topic, **message).wait
    messages_of(topic).first
  end

  def raised_by
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
          expect { client.produce(topic: topic, payload: bad) }.to raise_error(NoMethodError, /has to be a String/)
          expect { client.produce(topic: topic, key: bad) }.to raise_error(NoMethodError, /has to be a String/)
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

      it "is left to librdkafka when nil, false or -1" do
        [nil, false, -1].each do |unassigned|
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

      [nil, false, {}, [], { "a" => [] }].each do |none|
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
        error = raised_by { client.produce(topic: topic, payload: "a", headers: { "a" => "b", "c" => bad }) }
        second = raised_by { client.produce(topic: topic, payload: "a", headers: { bad => "b" }) }

        expect([error, second].map(&:message)).to eq(["no text", "no text"])
        expect(client.queue_size).to eq(0)
        expect(Rdkafka::AbstractHandle::REGISTRY.values.map(&:topic)).not_to include(topic)
      end

      it "cannot be a number" do
        expect { client.produce(topic: topic, headers: 5) }
          .to raise_error(NoMethodError, "headers has to be a Hash, not Integer")
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
      produce = ->(**message) { raised_by { client.produce(topic: topic, **message) } }
      bad_timestamp = a_kind_of(TypeError).and(having_attributes(message: /Timestamp/))

      expect(produce.call(payload: 1, topic_config: bad_config)).to be_a(NoMethodError)
      expect(produce.call(key: 1, timestamp: 1.5)).to be_a(NoMethodError)
      expect(produce.call(topic_config: bad_config, timestamp: 1.5)).to be_a(Rdkafka::Config::ConfigError)
      expect(produce.call(partition_key: "a", partitioner: "bad", timestamp: 1.5)).to be_a(Rdkafka::Config::ConfigError)
      expect(raised_by { client.produce(topic: "a\0", timestamp: 1.5) }).to be_a(ArgumentError)
      expect(raised_by { client.produce(topic: :a, timestamp: 1.5) }).not_to match(bad_timestamp)
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
end
