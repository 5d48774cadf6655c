# frozen_string_literal: true

RSpec.describe Rdkafka::Consumer::Headers do
  it "has one frozen Hash for messages without headers", statement: [72, 76] do
    expect(described_class::EMPTY_HEADERS).to eq({}).and be_frozen
  end

  it "reads no headers of a native message by its address" do
    [nil, 0, 0x1000, double(address: 0x1000)].each do |address|
      expect { described_class.from_native(address) }.to raise_error(ArgumentError, /no native message .* 0x/)
    end
    expect { described_class.from_native("message") }.to raise_error(TypeError, "expected a pointer, got String")
  end
end
