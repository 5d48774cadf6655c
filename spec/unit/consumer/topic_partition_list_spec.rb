# frozen_string_literal: true

RSpec.describe Rdkafka::Consumer::TopicPartitionList do
  subject(:list) { described_class.new }

  let(:partition_class) { Rdkafka::Consumer::Partition }

  def partition(...)
    partition_class.new(...)
  end

  describe "#initialize" do
    it "is empty by default" do
      expect(described_class.new.to_h).to eq({})
      expect(described_class.new(nil).to_h).to eq({})
    end

    it "keeps the Hash that it is given" do
      data = { "t" => [partition(0, 1)] }

      expect(described_class.new(data).to_h).to equal(data)
    end

    [5, "t", :t, [], false, Object.new].each do |bad|
      it "refuses #{bad.class}" do
        expect { described_class.new(bad) }
          .to raise_error(TypeError, "data has to be a Hash or nil, got #{bad.class}")
      end
    end
  end

  describe "#count" do
    it "is the number of partitions" do
      list.add_topic("a", 3)
      list.add_topic("b", [7])

      expect(list.count).to eq(4)
    end

    it "counts a topic without partitions once, and one with an empty Array not at all" do
      list.add_topic("a")
      list.add_topic("b", [])

      expect(list.count).to eq(1)
    end

    it "is 0 for an empty list" do
      expect(list.count).to eq(0)
    end
  end

  describe "#empty?" do
    it "is about topics" do
      expect(list).to be_empty
      list.add_topic("a", [])
      expect(list).not_to be_empty
    end
  end

  describe "#add_topic" do
    it "adds the topic as such" do
      expect(list.add_topic("t")).to be_nil
      expect(list.to_h).to eq("t" => nil)
    end

    it "adds as many partitions as asked for" do
      expect(list.add_topic("t", 2)).to eq([partition(0, nil), partition(1, nil)])
      expect(list.add_topic("t", 0)).to eq([])
    end

    it "adds the partitions of an Array, a Range or any Enumerable" do
      [[0, 4], 3..4, Set[9]].each do |numbers|
        expect(list.add_topic("t", numbers)).to eq(numbers.map { |number| partition(number, nil) })
      end
    end

    it "replaces what was there" do
      list.add_topic("t", 3)
      list.add_topic("t", [5])

      expect(list.to_h).to eq("t" => [partition(5, nil)])
    end

    it "takes Symbols for topics" do
      list.add_topic(:t, 1)

      expect(list.to_h.keys).to eq(["t"])
    end

    it "keeps the bytes of topics" do
      list.add_topic("\xFF\x00".b)

      expect(list.to_h.keys).to eq(["\xFF\x00".b])
    end

    ["0", 1.5, :all, false, Object.new].each do |bad|
      it "refuses #{bad.class} as partitions" do
        expect { list.add_topic("t", bad) }
          .to raise_error(TypeError, "partitions have to be enumerable, got #{bad.class}")
        expect(list).to be_empty
      end
    end

    it "is used with many partitions" do
      list.add_topic("t", 50_000)

      expect(list.count).to eq(50_000)
      expect(list.to_h["t"].last).to eq(partition(49_999, nil))
    end
  end

  describe "#add_topic_and_partitions_with_offsets" do
    it "takes offsets by partition", :gc do
      time = Time.at(0)
      list.add_topic_and_partitions_with_offsets("t", 0 => 10, 1 => nil, 2 => time)

      expect(list.to_h).to eq("t" => [partition(0, 10), partition(1, nil), partition(2, time)])
    end

    it "takes pairs, and partitions as they are", :gc do
      given = partition(1, 20, 0, "meta")
      stored = list.add_topic_and_partitions_with_offsets(:t, [[0, 10], given])

      expect(stored).to eq([partition(0, 10), partition(1, 20)])
      expect(stored.last).to equal(given)
      expect(list.to_h["t"]).to equal(stored)
    end

    it "takes what looks like a partition", statement: 61 do
      look_alike = double(partition: 1, offset: 20)

      expect(list.add_topic_and_partitions_with_offsets("t", [look_alike])).to eq([look_alike])
    end

    it "does not take a String for a partition" do
      expect(list.add_topic_and_partitions_with_offsets("t", [["0", 10]])).to eq([partition("0", 10)])
    end

    it "replaces what was there" do
      list.add_topic("t", 3)
      list.add_topic_and_partitions_with_offsets("t", 5 => 1)

      expect(list.to_h).to eq("t" => [partition(5, 1)])
    end

    [nil, 3, "0", :all].each do |bad|
      it "refuses #{bad.inspect}" do
        expect { list.add_topic_and_partitions_with_offsets("t", bad) }
          .to raise_error(TypeError, "partitions have to be enumerable, got #{bad.class}")
        expect(list).to be_empty
      end
    end
  end

  describe "#to_h" do
    it "can be used to change the list" do
      list.add_topic("t", [])
      list.to_h["t"] << partition(0, 5)

      expect(list.count).to eq(1)
    end

    it "can be changed in a frozen list" do
      list.freeze.to_h["t"] = nil

      expect(list).not_to be_empty
    end

    it "has frozen topics", statement: 72 do
      list.add_topic(+"t")

      expect(list.to_h.keys).to all(be_frozen)
    end
  end

  it "prints its Hash" do
    list.add_topic("t", 1)

    expect(list.to_s).to eq("<TopicPartitionList: #{{ "t" => [partition(0, nil)] }}>")
  end

  describe "#==" do
    it "compares the content" do
      other = described_class.new
      [list, other].each { |each_list| each_list.add_topic("t", 2) }

      expect(list).to eq(other)
      expect(list).to eq("t" => [partition(0, nil), partition(1, nil)])
      expect(list).not_to eq(described_class.new("t" => nil))
    end

    it "takes an empty list for nothing", defect: 11 do
      [nil, {}, [], described_class.new].each { |nothing| expect(list == nothing).to be(true) }
    end

    it "cannot be compared with what has no Hash" do
      expect { list == 1 }.to raise_error(NoMethodError, /to_h/)
    end
  end

  describe ".from_native_tpl" do
    it "reads the list at the address" do
      allow(KarafkaNative::Native).to receive(:list_at).with(0x1000).and_return(list)

      expect(described_class.from_native_tpl(0x1000)).to equal(list)
      expect(described_class.from_native_tpl(double(address: 0x1000))).to equal(list)
      expect(described_class.from_native_tpl(double(to_ptr: double(address: 0x1000)))).to equal(list)
    end

    it "refuses null pointers" do
      [nil, 0, double(address: 0)].each do |null|
        expect { described_class.from_native_tpl(null) }
          .to raise_error(ArgumentError, "expected a native list, got a null pointer")
      end
    end

    it "refuses what is no pointer" do
      expect { described_class.from_native_tpl("list") }.to raise_error(TypeError, "expected a pointer, got String")
    end

    it "refuses addresses of nothing" do
      expect { described_class.from_native_tpl(0x1000) }.to raise_error(ArgumentError)
    end
  end

  it "survives marshalling" do
    list.add_topic_and_partitions_with_offsets("t", 0 => 5)

    expect(Marshal.load(Marshal.dump(list))).to eq(list)
  end
end
