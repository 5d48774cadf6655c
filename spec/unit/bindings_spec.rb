# frozen_string_literal: true

RSpec.describe Rdkafka::Bindings do
  describe "ErrorCallback" do
    let(:errors) { [] }

    before { Rdkafka::Config.error_callback = ->(error) { errors << error } }
    after { Rdkafka::Config.error_callback = nil }

    it "takes nil and a null pointer in the place of the client" do
      [nil, KarafkaNative::Internal::FFI::Pointer::NULL].each do |client|
        described_class::ErrorCallback.call(client, 8, "reason", nil)
        described_class::ErrorCallback.call(client, -150, "fatal", nil)
      end

      expect(errors.map(&:rdkafka_response)).to eq([8, -150, 8, -150])
      expect(errors.map(&:broker_message)).to eq(%w[reason fatal reason fatal])
      expect(errors.map(&:instance_name)).to all(be_nil)
    end
  end

  describe ".partitioner" do
    it "picks the partition of a key" do
      picked = described_class::PARTITIONERS.keys.map { |name| described_class.partitioner(nil, "abc", 1_000, name) }

      expect(picked.drop(1)).to eq([578, 578, 107, 107, 331, 331])
      expect(picked.first).to be_between(0, 999)
      expect(described_class.partitioner(nil, "abc", 1_000)).to eq(578)
    end

    it "hashes as many bytes as a key has characters, unless told otherwise", defect: 2 do
      expect(described_class.partitioner(nil, "éé", 1_000, "murmur2")).to eq(271)
      Rdkafka::Config.partitioner_key_uses_bytesize = true
      expect(described_class.partitioner(nil, "éé", 1_000, "murmur2")).to eq(411)
    ensure
      Rdkafka::Config.partitioner_key_uses_bytesize = false
    end

    it "takes an empty key for none" do
      %w[random consistent_random murmur2_random fnv1a_random].each do |name|
        expect(Array.new(9) { described_class.partitioner(nil, "", 1_000, name) }.uniq.size).to be > 1
      end
      expect(%w[consistent murmur2 fnv1a].map { |name| described_class.partitioner(nil, "", 1_000, name) })
        .to eq([0, 681, 35])
    end

    it "finds none among none" do
      expect([nil, 0].map { |count| described_class.partitioner(nil, "abc", count) }).to eq([-1, -1])
    end

    it "takes a key by to_str" do
      expect(described_class.partitioner(nil, Struct.new(:to_str).new("abc"), 1_000)).to eq(578)
    end

    it "refuses what is wrong", :untyped do
      ["bad", nil, :murmur2].each do |name|
        expect { described_class.partitioner(nil, "abc", 5, name) }
          .to raise_error(Rdkafka::Config::ConfigError, "Unknown partitioner: #{name}")
      end
      expect { described_class.partitioner(nil, "abc", 5, "a".encode("UTF-16LE")) }
        .to raise_error(Rdkafka::Config::ConfigError, "Unknown partitioner: a\0")
      [nil, 5].each { |key| expect { described_class.partitioner(nil, key, 5) }.to raise_error(TypeError, /^key has/) }
      ["5", 5.9].each { |count| expect { described_class.partitioner(nil, "a", count) }.to raise_error(TypeError) }
      expect { described_class.partitioner(nil, "a", -1) }.to raise_error(ArgumentError)
      expect { described_class.partitioner(nil, "a", 2**31) }.to raise_error(RangeError)
    end
  end

  describe ".rd_kafka_err2str and .rd_kafka_err2name" do
    it "describe and name codes" do
      expect([-195, 0, 3].map { |code| described_class.rd_kafka_err2name(code) })
        .to eq(%w[_TRANSPORT NO_ERROR UNKNOWN_TOPIC_OR_PART])
      expect([-195, 0, 3].map { |code| described_class.rd_kafka_err2str(code) })
        .to eq(["Local: Broker transport failure", "Success", "Broker: Unknown topic or partition"])
      expect(described_class.rd_kafka_err2str(3).encoding).to be(Encoding::BINARY)
    end

    it "know that there are others" do
      expect(described_class.rd_kafka_err2name(9_999)).to eq("ERR_9999?")
      expect(described_class.rd_kafka_err2str(-9_999)).to eq("Err--9999?")
    end

    it "take numbers only", :untyped do
      %i[rd_kafka_err2str rd_kafka_err2name].each do |function|
        [nil, "1", Object.new].each do |code|
          expect { described_class.public_send(function, code) }.to raise_error(TypeError)
        end
        expect { described_class.public_send(function, 2**31) }.to raise_error(RangeError)
      end
    end
  end
end
