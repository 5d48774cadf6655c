# frozen_string_literal: true

RSpec.describe KarafkaNative::Internal::Argument do
  let(:by_to_int) { Struct.new(:to_int).new(5) }
  let(:by_to_i) { Struct.new(:to_i).new(5) }

  it "takes Integers, and what Ruby takes for one" do
    expect([5, by_to_int].map { |value| described_class.integer(value) }).to eq([5, 5])
    expect([5.0, 5r, by_to_i, "5", nil].map { |value| described_class.integer(value) }).to all(be_nil)
  end

  it "takes Floats for Integers where their fraction does not matter" do
    expect([5, 5.9, -5.9, by_to_int].map { |value| described_class.truncated(value) }).to eq([5, 5, -5, 5])
    expect([Float::NAN, Float::INFINITY, 5r, "5", nil].map { |value| described_class.truncated(value) })
      .to all(be_nil)
  end

  it "takes numbers of any kind" do
    expect([5, 5.5, by_to_int].map { |value| described_class.number(value, "time") }).to eq([5, 5.5, 5])
    [by_to_i, "5", nil].each do |other|
      expect { described_class.number(other, "time") }
        .to raise_error(TypeError, "time has to be a number, not #{other.class}")
    end
  end

  it "takes the text of anything, by to_str if there is one" do
    text = Struct.new(:to_str).new("a")

    expect([text, :b, 1, nil].map { |value| described_class.text(value) }).to eq(["a", "b", "1", ""])
  end

  it "can still be told apart from others, as a key of a Hash" do
    expect({ described_class => 1 }[described_class]).to eq(1)
  end

  it "takes options by to_hash, never by to_h" do
    options = Struct.new(:to_hash).new({ a: 1 })

    expect(described_class.options(options, "options")).to eq([%w[a 1]])
    [Struct.new(:a).new(1), Data.define(:a).new(a: 1), [[:a, 1]], nil].each do |other|
      expect { described_class.options(other, "options") }
        .to raise_error(NoMethodError, "options has to be a Hash, not #{other.class}")
    end
  end

  it "takes collections, among which a Struct is none" do
    list = Struct.new(:to_ary).new([1])

    expect([[1], { 1 => 2 }, list, (1..2), [3].lazy].map { |value| described_class.collection(value, "list") })
      .to eq([[1], { 1 => 2 }, [1], [1, 2], [3]])
    [Struct.new(:a).new(1), Data.define(:a).new(a: 1), 5, "a", nil].each do |other|
      expect { described_class.collection(other, "list") }
        .to raise_error(NoMethodError, "list has to be a collection, not #{other.class}")
    end
  end

  it "takes bytes by to_str" do
    expect(described_class.bytes("a", "key")).to eq("a")
    expect { described_class.bytes(:a, "key") }.to raise_error(NoMethodError, "key has to be a String, not Symbol")
  end
end
