# frozen_string_literal: true

RSpec.describe Rdkafka::Admin do
  let(:client) { admin }

  it "needs to know who is to be elected" do
    [nil, "preferred", :clean].each do |wrong|
      expect { client.elect_leaders(wrong) }
        .to raise_error(ArgumentError, "election has to be :preferred or :unclean, not #{wrong.inspect}")
    end
    expect { client.elect_leaders(:preferred, Rdkafka::Consumer::TopicPartitionList.new) }
      .to raise_error(ArgumentError, "the list has no partitions")
    expect { client.elect_leaders(:preferred, { "t" => [0] }) }.to raise_error(TypeError, /TopicPartitionList/)
  end

  it "refuses a partition twice" do
    partitions = Array.new(2) { Rdkafka::Consumer::Partition.new(0, nil) }
    list = Rdkafka::Consumer::TopicPartitionList.new({ "t" => partitions })

    expect { within(20) { client.elect_leaders(:unclean, list).wait } }
      .to raise_error(Rdkafka::RdkafkaError, /Duplicate partitions/)
  end
end
