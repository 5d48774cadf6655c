# frozen_string_literal: true

RSpec.describe Rdkafka::Admin do
  let(:errors) { described_class.describe_errors }

  it "knows all codes of librdkafka" do
    expect(errors[-184]).to eq({ code: -184, name: "_QUEUE_FULL", description: "Local: Queue full" })
    expect(errors[21]).to include(name: "INVALID_REQUIRED_ACKS")
    expect(errors[0]).to include(name: "NO_ERROR", description: "Success")
    expect(errors.map { |code, error| error[:code] == code }).to all(be(true))
    expect(errors.size).to be >= 172
  end

  it "has binary texts, empty where librdkafka has none" do
    texts = errors.values.flat_map { |error| error.values_at(:name, :description) }

    expect(texts.map(&:encoding).uniq).to eq([Encoding::BINARY])
    expect(errors[-200]).to include(name: "_BEGIN", description: "")
  end
end
