# frozen_string_literal: true

RSpec.describe Rdkafka::Config do
  kinds = %i[producer consumer admin].freeze

  # Resident memory of this process in KiB.
  def resident_kib
    File.read("/proc/self/status")[/^VmRSS:\s+(\d+)/, 1].to_i
  end

  def polling_threads
    Thread.list.select { |thread| thread.name.to_s.include?("native_kafka") }
  end

  describe "#initialize" do
    [nil, 5, "bootstrap.servers", [1]].each do |bad|
      it "refuses #{bad.inspect}" do
        expect { described_class.new(bad) }.to raise_error(TypeError)
      end
    end

    it "keeps a copy" do
      options = { "client.id": "a" }
      made = described_class.new(options)
      made[:"client.id"] = "b"

      expect(options).to eq("client.id": "a")
      expect(made[:"client.id"]).to eq("b")
    end

    it "keeps Symbol and String keys apart" do
      made = described_class.new("client.id": "a")

      expect(made["client.id"]).to be_nil
      expect(described_class.new[:"client.id"]).to be_nil
    end
  end

  describe "#describe_properties" do
    it "tells every property without a broker", statement: 84 do
      properties = described_class.new("client.id": "me", "sasl.password": "secret").describe_properties

      expect(properties).to include("client.id": "me", "sasl.password": "[redacted]", "session.timeout.ms": "45000")
      expect(properties.size).to be > 100
      expect(properties.keys).to all(be_a(Symbol))
    end

    it "has binary texts", statement: 71 do
      encodings = described_class.new("client.id": "é").describe_properties.values.map(&:encoding)

      expect(encodings.uniq).to eq([Encoding::BINARY])
    end

    it "lists hidden properties" do
      expect(described_class.new.describe_properties)
        .to include(:"client.software.name", "statistics.unassigned.include": "true")
      expect(described_class.new("statistics.unassigned.include": false).describe_properties)
        .to include("statistics.unassigned.include": "false")
    end

    it "applies options with to_s, the later one winning" do
      properties = described_class.new(
        "client.id": "symbol", "client.id" => :string, "statistics.interval.ms" => 7, "enable.idempotence": true
      ).describe_properties

      expect(properties)
        .to include("client.id": "string", "statistics.interval.ms": "7", "enable.idempotence": "true")
    end

    it "does not let the log queue be switched off" do
      expect(described_class.new("log.queue": false).describe_properties).to include("log.queue": "true")
      expect(described_class.new("log.queue" => false).describe_properties).to include("log.queue": "true")
    end

    it "refuses bad options" do
      expect { described_class.new("invalid.key": 1).describe_properties }.to raise_error(described_class::ConfigError)
    end
  end

  describe "an option that is refused" do
    {
      { "invalid.key": "value" } => 'No such configuration property: "invalid.key"',
      { nil => "value" } => 'No such configuration property: ""',
      { "security.protocol": nil } => 'Configuration property "security.protocol" cannot be set to empty value',
      { "statistics.interval.ms": "often" } => 'Invalid value for configuration property "statistics.interval.ms"'
    }.each do |options, text|
      kinds.each do |kind|
        it "raises librdkafka's text for #{options} of a #{kind}", statement: 85 do
          expect { described_class.new(options).public_send(kind) }.to raise_error(described_class::ConfigError, text)
        end
      end
    end

    it "is found by the private method that Karafka validates with" do
      expect { described_class.new("invalid.key": 1).send(:native_config) }
        .to raise_error(described_class::ConfigError, 'No such configuration property: "invalid.key"')
      expect(described_class.new("client.id": "a").send(:native_config)).not_to be_nil
    end

    it "may be one with a null byte" do
      expect { described_class.new("client.id": "a\0b").producer }.to raise_error(ArgumentError, /null byte/)
      expect { described_class.new("client\x00id": "a").producer }.to raise_error(ArgumentError, /null byte/)
    end

    it "leaves no native memory behind", file: "/proc/self/status", statement: 11 do
      refused = lambda do |times|
        times.times { expect { config("invalid.key": 1).producer }.to raise_error(described_class::ConfigError) }
        GC.start
      end
      refused.call(500)
      before = resident_kib
      refused.call(5_000)

      # A native configuration takes more than 4 KiB.
      expect(resident_kib - before).to be < 15_000
    end
  end

  describe "a client that is refused" do
    it "raises librdkafka's text" do
      options = { "enable.idempotence": true, acks: 0 }

      expect { config(**options).producer }
        .to raise_error(described_class::ClientCreationError,
          "`acks` must be set to `all` when `enable.idempotence` is true")
      expect { config("security.protocol": "ssl", "ssl.ca.location": "/nowhere").consumer }
        .to raise_error(described_class::ClientCreationError, /\Assl\.ca\.location failed: /)
    end

    it "leaves no native memory behind", file: "/proc/self/status", statement: 11 do
      refused = lambda do |times|
        times.times do
          expect { config("enable.idempotence": true, acks: 0).producer }
            .to raise_error(described_class::ClientCreationError)
        end
        GC.start
      end
      refused.call(200)
      before = resident_kib
      refused.call(1_000)

      expect(resident_kib - before).to be < 10_000
    end

    it "makes a runtime error" do
      [described_class::ConfigError, described_class::ClientCreationError,
       described_class::NoLoggerError].each do |error|
        expect(error.superclass).to eq(RuntimeError)
      end
    end
  end

  describe "factories" do
    it "make clients of their kind" do
      expect(producer).to be_a(Rdkafka::Producer)
      expect(consumer).to be_a(Rdkafka::Consumer)
      expect(admin).to be_a(Rdkafka::Admin)
    end

    it "name their clients, in binary", statement: 71 do
      names = [producer.name, consumer.name, admin.name]

      expect(names).to match([/\Ardkafka#producer-\d+\z/, /\Ardkafka#consumer-\d+\z/, /\Ardkafka#producer-\d+\z/])
      expect(names.map(&:encoding).uniq).to eq([Encoding::BINARY])
    end

    it "do not need a group for a consumer" do
      expect(closing(config.consumer)).not_to be_closed
    end

    it "can be used several times" do
      made = config

      expect([closing(made.producer), closing(made.producer), closing(made.consumer)].map(&:name).uniq.size).to eq(3)
    end

    %i[producer admin].each do |kind|
      it "start a thread that is named after the #{kind}", statement: 9 do
        client = closing(config.public_send(kind))

        expect(Thread.list.map { |thread| thread.name.to_s }).to include(include(client.name.delete_prefix("rdkafka")))
      end

      it "start no thread for a #{kind} if told so", statement: 9 do
        before = polling_threads
        closing(config.public_send(kind, run_polling_thread: false))
        closing(config.public_send(kind, native_kafka_auto_start: false))

        expect(polling_threads - before).to be_empty
      end

      it "end the thread when the #{kind} is closed" do
        client = closing(config.public_send(kind))
        suffix = client.name.delete_prefix("rdkafka")
        client.close

        expect(polling_threads.select { |thread| thread.name.end_with?(suffix) && thread.alive? }).to be_empty
      end
    end

    it "take the timeout of the polling thread" do
      client = closing(config.producer(native_kafka_poll_timeout_ms: 5))

      expect(client.produce(topic: new_topic, payload: "a").wait).to be_persisted
    end

    it "refuse a timeout that would end the polling thread, and name the limits", :untyped do
      limits = "native_kafka_poll_timeout_ms has to be a number of ms from -1 to 2147483647"
      ["soon", nil, -2, 2**31, Float::NAN, Float::INFINITY].each do |bad|
        expect { config.producer(native_kafka_poll_timeout_ms: bad) }
          .to raise_error(ArgumentError, "#{limits}, not #{bad.inspect}")
      end
    end

    it "serve nothing before a client is started that was not started" do
      client = closing(config.producer(native_kafka_auto_start: false))
      handle = client.produce(topic: new_topic, payload: "a")

      expect { handle.wait(max_wait_timeout_ms: 100) }.to raise_error(Rdkafka::AbstractHandle::WaitTimeoutError)
      client.start
      expect(handle.wait).to be_persisted
    end

    it "make clients that can be started twice" do
      client = producer
      client.start
      client.start

      expect(client.produce(topic: new_topic, payload: "a").wait).to be_persisted
    end

    kinds.each do |kind|
      it "make a #{kind} that can be closed without having been started", statement: 8 do
        client = config.public_send(kind, native_kafka_auto_start: false)
        within(20) { 2.times { client.close } }

        expect(client).to be_closed
        expect { client.start }.to raise_error(Rdkafka::ClosedInnerError)
      end

      it "make a #{kind} that can be started and closed", statement: 8 do
        client = config.public_send(kind, native_kafka_auto_start: false)
        client.start
        within(20) { 2.times { client.close } }

        expect(client).to be_closed
      end
    end
  end

  describe "a token refresh callback" do
    let(:options) { { "security.protocol": "sasl_plaintext", "sasl.mechanisms": "OAUTHBEARER" } }
    let(:calls) { [] }

    before { described_class.oauthbearer_token_refresh_callback = ->(*arguments) { calls << arguments } }
    after { described_class.oauthbearer_token_refresh_callback = nil }

    kinds.each do |kind|
      it "is called before the factory of a #{kind} returns", statement: 10 do
        client = closing(config(**options).public_send(kind))

        expect(calls).to eq([[nil, client.name]])
      end

      it "is called when a #{kind} is started, not before", statement: 10 do
        client = closing(config("sasl.oauthbearer.config": "a=b", **options)
          .public_send(kind, native_kafka_auto_start: false))
        before = calls.dup
        client.start

        expect(before).to be_empty
        expect(calls).to eq([["a=b", client.name]])
      end

      it "is not heard of by a #{kind} that was made before", statement: 82 do
        described_class.oauthbearer_token_refresh_callback = nil
        client = closing(config(**options).public_send(kind, native_kafka_auto_start: false))
        described_class.oauthbearer_token_refresh_callback = ->(*arguments) { calls << arguments }
        client.start

        expect(calls).to be_empty
      end

      it "raises out of the factory of a #{kind}, which leaves nothing behind", statement: 99 do
        threads = polling_threads
        error = Class.new(StandardError).new("no token")
        described_class.oauthbearer_token_refresh_callback = ->(*) { raise error }

        expect { within(20) { config(**options).public_send(kind) } }.to raise_error(error.class) { |raised|
          expect(raised).to equal(error)
        }
        expect(polling_threads - threads).to be_empty
      end
    end

    it "can give the token, with extensions", statement: 83 do
      client = closing(config(**options).producer)
      token = { token: "abc", lifetime_ms: ((Time.now.to_f + 900) * 1000).to_i, principal_name: "me" }

      expect(client.oauthbearer_set_token(**token)).to eq(0)
      expect(client.oauthbearer_set_token(**token, extensions: { foo: "bar", "baz" => 7 })).to eq(0)
    end

    it "gets a code for a token that is refused" do
      client = closing(config(**options).producer)
      token = { token: "abc", lifetime_ms: ((Time.now.to_f + 900) * 1000).to_i, principal_name: "me" }

      expect(client.oauthbearer_set_token(**token, lifetime_ms: 1)).to eq(-186)
      expect(client.oauthbearer_set_token(**token, extensions: { "a_b" => "c" })).to eq(-186)
      expect(producer.oauthbearer_set_token(**token)).to eq(-172)
      expect(client.oauthbearer_set_token_failure("no reason")).to eq(0)
    end
  end
end
