# frozen_string_literal: true

RSpec.describe Rdkafka::RdkafkaTopicPartitionListError do
  let(:list) { Rdkafka::Consumer::TopicPartitionList.new("t" => [Rdkafka::Consumer::Partition.new(0, nil, -190)]) }

  it "carries the list" do
    error = described_class.new(10, list, "Error pausing")

    expect(error.topic_partition_list).to equal(list)
    expect(error.to_s).to eq("Error pausing - Broker: Message size too large (msg_size_too_large)")
  end

  it "needs an Integer code" do
    expect { described_class.new("10", list) }.to raise_error(TypeError, "Response has to be an integer")
  end

  it "is an RdkafkaError" do
    expect(described_class.superclass).to eq(Rdkafka::RdkafkaError)
  end

  it "survives marshalling" do
    expect(Marshal.load(Marshal.dump(described_class.new(10, list))).topic_partition_list).to eq(list)
  end
end
