# frozen_string_literal: true

RSpec.describe Rdkafka::Producer::DeliveryReport do
  subject(:report) { described_class.new(2, 100, "topic", error, :label, status: 2, latency: 1_500, broker_id: 3) }

  let(:error) { Rdkafka::RdkafkaError.new(-192) }

  it "keeps what it is given", statement: 28 do
    expect(report).to have_attributes(
      partition: 2, offset: 100, topic_name: "topic", error: error, label: :label,
      status: 2, latency: 1_500, broker_id: 3
    )
  end

  it "has two names for the topic", statement: 29 do
    expect(report.topic).to equal(report.topic_name)
  end

  it "leaves a topic that somebody has given it as it is" do
    topic = "topic"
    expect(described_class.new(1, 2, topic).topic).to equal(topic)
    expect(described_class.new(1, 2, topic, 0).freeze.topic).to eq(topic)
  end

  it "knows little when it is told little", statement: 104 do
    expect(described_class.new(rand, rand, "topic")).to have_attributes(
      error: nil, label: nil, status: nil, latency: nil, broker_id: nil,
      persisted?: false, possibly_persisted?: false, not_persisted?: false
    )
  end

  it "needs partition and offset only" do
    expect(described_class.new(1, 2)).to have_attributes(partition: 1, offset: 2, topic_name: nil)
    expect { described_class.new(1) }.to raise_error(ArgumentError)
  end

  it "takes negative latencies and brokers for unknown, but not 0", statement: 104 do
    expect(described_class.new(1, 2, latency: -1, broker_id: -1)).to have_attributes(latency: nil, broker_id: nil)
    expect(described_class.new(1, 2, latency: 0, broker_id: 0)).to have_attributes(latency: 0, broker_id: 0)
  end

  {
    Rdkafka::Bindings::RD_KAFKA_MSG_STATUS_NOT_PERSISTED => [false, false, true],
    Rdkafka::Bindings::RD_KAFKA_MSG_STATUS_POSSIBLY_PERSISTED => [false, true, false],
    Rdkafka::Bindings::RD_KAFKA_MSG_STATUS_PERSISTED => [true, false, false],
    7 => [false, false, false],
    nil => [false, false, false]
  }.each do |status, (persisted, possibly, not_persisted)|
    it "reads status #{status.inspect}", statement: [102, 103] do
      expect(described_class.new(1, 2, status: status)).to have_attributes(
        persisted?: persisted, possibly_persisted?: possibly, not_persisted?: not_persisted
      )
    end
  end

  it "keeps errors of both kinds" do
    expect(described_class.new(1, 2, "t", 0).error).to eq(0)
    expect(described_class.new(1, 2, "t", nil).error.to_i).to eq(0)
  end
end
