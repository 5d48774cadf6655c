# frozen_string_literal: true

require "delegate"

RSpec.describe KarafkaNative::Internal::Listener do
  let(:given) { [] }

  def take(*arguments) = given.push(*arguments)
  def take_one(first) = given.push(first)

  it "gives a callback what it takes" do
    {
      -> {} => [], ->(a) { take(a) } => [1], ->(a, b) { take(a, b) } => [1, 2],
      ->(a, b, c) { take(a, b, c) } => [1, 2, 3], ->(a, b = 5) { take(a, b) } => [1, 2],
      ->(*all) { take(*all) } => [1, 2, 3], ->(a, *all) { take(a, all) } => [1, [2, 3]],
      ->(a, &_) { take(a) } => [1], proc { |a| take(a) } => [1], proc { |a, b| take(a, b) } => [1, 2],
      proc { |a, b, c, d| take(a, b, c, d) } => [1, 2, 3, nil], method(:take) => [1, 2, 3], method(:take_one) => [1]
    }.each do |callback, expected|
      given.clear
      described_class.of(callback).call(1, 2, 3)

      expect(given).to eq(expected)
    end
  end

  it "looks at the method call of other objects" do
    seen = []
    one = Class.new { define_method(:call) { |first| seen << first } }.new
    all = Class.new { define_method(:call) { |*rest| seen << rest } }.new

    [one, all].each { |object| described_class.of(object).call(1, 2, 3) }

    expect(seen).to eq([1, [1, 2, 3]])
  end

  it "gives what the process-wide callback gets to one that does not tell how many it takes" do
    one = ->(first) { take(first) }
    missing = Class.new do
      def respond_to_missing?(name, _) = name == :call
      define_method(:method_missing) { |name, *all| name == :call ? one.call(*all) : super(name, *all) }
    end
    unnamed = Class.new(missing) { def respond_to?(name, all = false) = name == :call || super }
    unnamed.undef_method(:respond_to_missing?)
    [
      one >> :itself.to_proc, :itself.to_proc << one, one.curry, one.method(:call), given.method(:push), :abs.to_proc,
      SimpleDelegator.new(one), missing.new, unnamed.new
    ].each { |callback| described_class.of(callback).call(1, 2, 3) }

    expect(given).to eq([1] * 8)
    given.clear
    described_class.of(->(a, b) { take(a, b) } >> :itself.to_proc, 2).call(1, 2, 3)
    expect(given).to eq([1, 2])
  end

  it "returns what the callback returns and lets exceptions through" do
    expect(described_class.of(->(a) { a + 1 }).call(1, 2)).to eq(2)
    expect { described_class.of(->(*) { raise IOError }).call(1) }.to raise_error(IOError)
  end

  it "is none for none" do
    expect(described_class.of(nil)).to be_nil
  end
end
