# frozen_string_literal: true

RSpec.describe Rdkafka::Consumer::TopicPartitionList do
  # To native memory and back.
  def round_trip(list)
    KarafkaNative::Native.list_round_trip(list)
  end

  def list(data)
    described_class.new(data)
  end

  def partition(...)
    Rdkafka::Consumer::Partition.new(...)
  end

  # A single partition with these fields, there and back.
  def partition_back(...)
    round_trip(list({ "t" => [partition(...)] })).to_h.fetch("t").first
  end

  describe "copied to native memory and back" do
    it "is the same", :gc do
      original = list({ "a" => [partition(0, 5), partition(7, nil)], "b" => [partition(1, 0)], "c" => nil })

      expect(round_trip(original)).to eq(original)
      expect(round_trip(original)).to be_a(described_class)
      expect(round_trip(original)).not_to equal(original)
    end

    it "is empty when it was" do
      expect(round_trip(list({}))).to be_empty
    end

    it "loses topics with no partitions at all" do
      expect(round_trip(list({ "a" => [], "b" => nil })).to_h).to eq("b" => nil)
    end

    it "may be frozen, inside too" do
      frozen = list({ "a" => [partition(0, 1).freeze].freeze }.freeze).freeze

      expect(round_trip(frozen)).to eq(frozen)
    end

    it "is left alone" do
      data = { "a" => [partition(0, Time.at(1)), partition(1, 1.9, 3, "meta")] }
      before = Marshal.load(Marshal.dump(data))
      round_trip(list(data))

      expect(data).to eq(before)
    end

    it "has frozen binary topics and binary metadata", :gc, statement: [71, 72] do
      back = round_trip(list({ "töpic" => [partition(0, 1, 0, "mëta")] })).to_h
      topic, (only,) = back.first

      expect(topic).to eq("töpic".b).and be_frozen
      expect(topic.encoding).to eq(Encoding::BINARY)
      expect(only.metadata).to eq("mëta".b)
      expect(only.metadata.encoding).to eq(Encoding::BINARY)
    end

    it "is found by topics of other encodings if these are ASCII", statement: 77 do
      expect(round_trip(list({ "t" => nil })).to_h).to have_key("t".encode("UTF-8"))
    end

    it "survives garbage collection" do
      data = Array.new(100) { |number| ["t#{number}", [partition(number, number, 0, "m#{number}")]] }.to_h
      back = round_trip(list(data))
      GC.start

      expect(back.to_h["t57"].first).to have_attributes(partition: 57, offset: 57, metadata: "m57")
    end

    it "can be large" do
      data = Array.new(5) { |topic| ["t#{topic}", Array.new(10_000) { |number| partition(number, number * 2) }] }.to_h
      back = within(30) { round_trip(list(data)) }

      expect(back.count).to eq(50_000)
      expect(back.to_h.keys).to eq(data.keys)
      expect(back.to_h["t4"].last).to eq(partition(9_999, 19_998))
      expect(back).to eq(data)
    end

    it "can have many topics" do
      data = Array.new(20_000) { |number| ["topic-#{number}", [partition(0, number)]] }.to_h

      expect(within(30) { round_trip(list(data)) }).to eq(data)
    end
  end

  describe "topics" do
    it "can be long and strange" do
      names = ["x" * 512, "\xFF".b, " ", "日本"]

      expect(round_trip(list(names.to_h { |name| [name, nil] })).to_h.keys).to eq(names.map(&:b))
    end

    it "have to be Strings", :gc, :untyped do
      [nil, :t, 1, [], Object.new].each do |bad|
        expect { round_trip(list({ "good" => [partition(0, 1, 0, "meta")], bad => nil })) }
          .to raise_error(TypeError, /topic has to be a String/)
      end
    end

    it "cannot contain what C ends its strings with" do
      expect { round_trip(list({ "a\0b" => nil })) }.to raise_error(ArgumentError, "topic contains a null byte")
    end
  end

  describe "partitions" do
    it "are numbers that librdkafka knows", :gc, :untyped do
      expect(partition_back((2**31) - 1, 0).partition).to eq((2**31) - 1)
      [nil, "0", :all, []].each { |bad| expect { partition_back(bad, 0) }.to raise_error(TypeError) }
      [2**31, -(2**31) - 1, 2**64].each { |bad| expect { partition_back(bad, 0) }.to raise_error(RangeError) }
    end

    it "have to be a collection of partitions", :untyped do
      [1, "01", Object.new].each do |bad|
        expect { round_trip(list({ "t" => bad })) }.to raise_error(TypeError)
      end
      [1, nil, "0"].each do |bad|
        expect { round_trip(list({ "t" => [bad] })) }.to raise_error(NoMethodError)
      end
    end

    it "may be other objects, with or without metadata", :gc, statement: 61 do
      plain = Data.define(:partition, :offset)
      full = Data.define(:partition, :offset, :metadata)
      back = round_trip(list({ "t" => [plain.new(0, 1), full.new(1, 2, "meta"), full.new(2, 3, nil)] })).to_h["t"]

      expect(back.map { |found| [found.partition, found.offset, found.metadata] })
        .to eq([[0, 1, nil], [1, 2, "meta"], [2, 3, nil]])
    end

    it "may be of a subclass that computes" do
      computed = Class.new(Rdkafka::Consumer::Partition) { def offset = 42 }

      expect(round_trip(list({ "t" => [computed.new(0, 1)] })).to_h["t"].first.offset).to eq(42)
    end

    it "may change their own list while it is read, without a crash", :gc do
      data = { "t" => Array.new(100) { partition(1, 2) } }
      spoiler = Data.define(:data, :partition) do
        def offset
          data["t"].clear
          0
        end
      end
      data["t"][50] = spoiler.new(data, 9)

      expect(round_trip(list(data)).to_h["t"].map(&:partition)).to include(9)
    end

    it "pass on what they raise", :untyped do
      broken = Data.define(:partition) { def offset = raise(IOError, "gone") }

      expect { round_trip(list({ "t" => [broken.new(0)] })) }.to raise_error(IOError, "gone")
    end
  end

  describe "offsets" do
    it "are kept, also the special ones", :gc do
      [0, 1, (2**63) - 1, -1, -2, -1000].each { |offset| expect(partition_back(0, offset).offset).to eq(offset) }
    end

    it "are nil when there are none" do
      expect(partition_back(0, nil).offset).to be_nil
      expect(partition_back(0, -1001).offset).to be_nil
    end

    it "stand for times in milliseconds", :gc do
      expect(partition_back(0, Time.at(1_600_000_000, 123_456, :usec)).offset).to eq(1_600_000_000_123)
      expect(partition_back(0, Time.at(0)).offset).to eq(0)
      expect(partition_back(0, Class.new(Time).at(5)).offset).to eq(5_000)
    end

    it "have their fractions cut off" do
      expect(partition_back(0, 7.9).offset).to eq(7)
    end

    it "have to be numbers or Times", :untyped do
      ["1", :latest, [], Object.new].each { |bad| expect { partition_back(0, bad) }.to raise_error(TypeError) }
      [2**63, -(2**63) - 1].each { |bad| expect { partition_back(0, bad) }.to raise_error(RangeError) }
      expect { partition_back(0, Float::NAN) }.to raise_error(FloatDomainError)
    end
  end

  describe "metadata" do
    it "keeps every byte", :gc do
      bytes = (0..255).to_a.pack("C*")

      expect(partition_back(0, 1, 0, bytes).metadata).to eq(bytes)
      expect(partition_back(0, 1, 0, "a\0b\0").metadata).to eq("a\0b\0")
      expect(partition_back(0, 1, 0, "m" * 1_000_000).metadata).to eq("m" * 1_000_000)
    end

    it "is nil when there is none" do
      expect(partition_back(0, 1, 0, nil).metadata).to be_nil
    end

    it "has to be a String", :gc, :untyped do
      [1, :meta, ["meta"]].each do |bad|
        expect { round_trip(list({ "good" => [partition(0, 1, 0, "meta")], "t" => [partition(0, 1, 0, bad)] })) }
          .to raise_error(NoMethodError, /has to be a String/)
      end
    end
  end

  describe "errors" do
    it "are not sent to librdkafka" do
      expect(partition_back(0, 1, -190).err).to eq(0)
    end
  end

  describe "given to a consumer" do
    let(:topic) { new_topic(partitions: 3) }

    it "becomes the assignment", :gc do
      consumer = assigned_consumer(topic, { 0 => 1, 2 => 3 })

      expect(consumer.assignment.to_h[topic].map { |found| [found.partition, found.err] })
        .to contain_exactly([0, 0], [2, 0])
    end

    it "may be frozen" do
      list = partition_list(topic => [1]).freeze
      list.to_h.freeze
      idle = consumer

      expect(idle.assign(list)).to be(false)
      expect(idle.assignment.to_h[topic].map(&:partition)).to eq([1])
    end

    it "ends the assignment when it is empty" do
      consumer = assigned_consumer(topic)
      consumer.assign(described_class.new)

      expect(consumer.assignment).to be_empty
    end

    it "may name thousands of partitions" do
      wide = partition_list(Array.new(10) { |number| ["#{topic}-#{number}", [*0...200]] }.to_h)
      idle = consumer
      within(30) { idle.assign(wide) }

      expect(within(30) { idle.assignment }.count).to eq(2_000)
    end

    it "has to be a list" do
      idle = consumer

      [nil, {}, { topic => nil }, topic].each do |bad|
        expect { idle.assign(bad) }.to raise_error(TypeError, "list has to be a TopicPartitionList")
      end
    end

    it "may name each partition once" do
      twice = described_class.new({ topic => [partition(0, 1), partition(0, 1)] })

      expect { consumer.assign(twice) }
        .to raise_error(Rdkafka::RdkafkaError, /\AError assigning '#{Regexp.escape(twice.to_h.to_s)}' - .*invalid_arg/)
    end

    it "leaves nothing behind when it is refused", :untyped do
      idle = consumer

      expect { idle.assign(described_class.new({ topic => [partition(0, 1), partition(1, "x")] })) }
        .to raise_error(TypeError)
      expect(idle.assignment).to be_empty
    end
  end

  describe "#to_native_tpl" do
    it "makes a native list that functions of the bindings find" do
      list = described_class.new("t" => [Rdkafka::Consumer::Partition.new(3, 5, 0, "m")], "whole" => nil)
      pointer = list.to_native_tpl

      expect(pointer).to be_a(KarafkaNative::Internal::FFI::Pointer)
      copy = described_class.from_native_tpl(pointer)
      expect(copy).to eq(list)
      expect(copy.to_h["t"].first.metadata).to eq("m")
    end

    it "frees it together with the pointer" do
      address = described_class.new("t" => nil).to_native_tpl.address
      described_class.forgetting(address).call(0)

      expect { described_class.from_native_tpl(address) }.to raise_error(ArgumentError, /no live list/)
    end

    it "frees the lists of pointers that were collected" do
      addresses = Thread.new { Array.new(50) { described_class.new("t" => nil).to_native_tpl.address } }.value
      GC.start

      # The machine stack may hold on to a few of them.
      expect(addresses.count { |address| live?(address) }).to be < 10
    end

    def live?(address)
      described_class.from_native_tpl(address)
    rescue ArgumentError
      false
    end

    it "refuses what is no list", :untyped do
      expect { described_class.new(t: nil).to_native_tpl }.to raise_error(TypeError)
      partition = Rdkafka::Consumer::Partition.new(0, "5")
      expect { described_class.new("t" => [partition]).to_native_tpl }.to raise_error(TypeError)
    end
  end

  describe ".from_native_tpl" do
    it "refuses addresses that are no lists, without a crash" do
      [1, 0xdead_beef, KarafkaNative::Internal::FFI::Pointer.new(64)].each do |bad|
        expect { described_class.from_native_tpl(bad) }.to raise_error(ArgumentError)
      end
    end

    it "reads only lists that are alive" do
      seen = nil
      listener = Object.new
      stub_const(
        "Rdkafka::Bindings::RebalanceCallback",
        lambda do |client, _code, list, _opaque|
          seen ||= [list, described_class.from_native_tpl(list)]
          Rdkafka::Bindings.rd_kafka_assign(client, nil)
        end
      )
      settings = config("group.id": unique_name("group"), "group.protocol": "consumer")
      settings.consumer_rebalance_listener = listener
      consumer = closing(settings.consumer)
      topic = new_topic
      consumer.subscribe(topic)
      eventually { consumer.poll(50) || seen }

      expect(seen.last.to_h[topic].map(&:partition)).to eq([0])
      expect { described_class.from_native_tpl(seen.first) }.to raise_error(ArgumentError)
    end
  end
end
