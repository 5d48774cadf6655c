# frozen_string_literal: true

RSpec.describe Rdkafka::Consumer::Headers do
  it "has one frozen Hash for messages without headers", statement: [72, 76] do
    expect(described_class::EMPTY_HEADERS).to eq({}).and be_frozen
  end
end
