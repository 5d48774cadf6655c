# frozen_string_literal: true

RSpec.describe Rdkafka::Consumer::Partition do
  it "has no error and no metadata by default" do
    expect(described_class.new(1, 2)).to have_attributes(partition: 1, offset: 2, err: 0, metadata: nil)
  end

  it "keeps what it is given, whatever it is" do
    expect(described_class.new(1, "topic_name", 3, "meta"))
      .to have_attributes(partition: 1, offset: "topic_name", err: 3, metadata: "meta")
  end

  {
    [1, 2] => "<Partition 1 offset=2>",
    [1, nil] => "<Partition 1>",
    [1, 0] => "<Partition 1 offset=0>",
    [1, nil, -190] => "<Partition 1 err=-190>",
    [1, 2, nil] => "<Partition 1 offset=2 err=>",
    [1, 2, 3, "meta"] => "<Partition 1 offset=2 err=3 metadata=meta>",
    [1, 2, 0, ""] => "<Partition 1 offset=2 metadata=>",
    [1, 2, 0, "\xFF".b] => "<Partition 1 offset=2 metadata=\xFF>".b,
    [nil, nil] => "<Partition >"
  }.each do |arguments, text|
    it "prints #{arguments.inspect}" do
      expect(described_class.new(*arguments).to_s).to eq(text)
      expect(described_class.new(*arguments).inspect).to eq(text)
    end
  end

  describe "#==" do
    it "compares number and offset" do
      expect(described_class.new(1, 2)).to eq(described_class.new(1, 2, -190, "meta"))
      expect(described_class.new(1, 2)).not_to eq(described_class.new(1, 3))
      expect(described_class.new(1, 2)).not_to eq(described_class.new(2, 2))
    end

    it "needs the same class" do
      expect(described_class.new(1, 2)).not_to eq(Class.new(described_class).new(1, 2))
      expect(described_class.new(1, 2)).not_to be_nil
      expect(described_class.new(1, 2)).not_to eq([1, 2])
    end

    it "does not make equal partitions one Hash key" do
      one, two = Array.new(2) { described_class.new(1, 2) }

      expect(one.eql?(two)).to be(false)
      expect({ one => true }).not_to have_key(two)
    end
  end

  it "survives marshalling" do
    expect(Marshal.load(Marshal.dump(described_class.new(1, 2)))).to eq(described_class.new(1, 2))
  end
end
