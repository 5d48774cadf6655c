# frozen_string_literal: true

RSpec.describe Rdkafka::Admin do
  include AdminRefusals

  let(:client) { admin }

  it "names numbers that are out of range" do
    [-2, 100_001].each do |count|
      expect { client.create_topic("t", count, 1) }
        .to raise_error(Rdkafka::Config::ConfigError, /num_partitions out of expected range 1..100000 or -1/)
    end
    expect { client.create_topic("t", 1, 0x8000) }
      .to raise_error(Rdkafka::Config::ConfigError, /replication_factor out of expected range -1..10000/)
    [0, -1, 100_001, 2**40].each do |count|
      expect { client.create_partitions("t", count) }
        .to raise_error(Rdkafka::Config::ConfigError, "new_total_cnt out of expected range 1..100000")
    end
  end

  it "names replicas that make no sense" do
    {
      [[1]] => "replica_assignment has 1 partitions, not 2",
      [[1], []] => "replica_assignment has a partition without brokers",
      [[1], [-1]] => "broker id has to be 0 to 2147483647, not -1"
    }.each do |replicas, text|
      expect { client.create_topic("t", 2, -1, replica_assignment: replicas) }.to raise_error(ArgumentError, text)
    end
    expect { client.create_topic("t", 2, -1, replica_assignment: [1, 2]) }.to raise_error(TypeError, /Array/)
    expect { client.create_topic("t", 1, -1, replica_assignment: [["1"]]) }
      .to raise_error(TypeError, "broker id has to be an Integer, not String")
    expect { client.create_topic("t", 1, 1, replica_assignment: [[1]]) }
      .to raise_error(ArgumentError, /replication factor and a replica assignment are mutually exclusive/)
    expect { client.create_partitions("t", 2, replica_assignment: []) }.to raise_error(ArgumentError, /without brokers/)
  end

  it "needs an Array of names to describe" do
    [nil, "topic", [:topic], ["topic", nil], { "topic" => 1 }].each do |names|
      expect { client.describe_topics(names) }
        .to raise_error(ArgumentError, "topic_names must be an Array of Strings")
    end
  end

  it "refuses to describe a topic twice, and one without a name" do
    expect(refusal_of(client.describe_topics(%w[a a]))).to eq([:invalid_arg, "Duplicate topics not allowed", nil])
    expect(refusal_of(client.describe_topics([""])))
      .to eq([:invalid_arg, "Empty topic name at index 0 isn't allowed", nil])
  end

  it "describes no topics when none are asked for" do
    expect(within(20) { client.describe_topics([]).wait.topics }).to eq([])
  end
end
