# frozen_string_literal: true

RSpec.describe Rdkafka::Admin do
  include AdminRefusals

  let(:client) { admin }

  describe "#describe_consumer_groups" do
    it "refuses a group twice, and none" do
      expect(refusal_of(client.describe_consumer_groups(%w[a a])))
        .to eq([:invalid_arg, "Duplicate groups not allowed", nil])
      expect(refusal_of(client.describe_consumer_groups([]))).to eq([:invalid_arg, "No groups to describe", nil])
    end

    it "needs ids that can be read one by one" do
      expect { client.describe_consumer_groups("group") }.to raise_error(NoMethodError, /group_ids has to be/)
      expect { client.describe_consumer_groups([nil]) }.to raise_error(TypeError, /group id/)
    end
  end

  it "knows the states and types of groups" do
    expect { client.list_consumer_groups(states: [:odd]) }
      .to raise_error(ArgumentError, "Unknown state of a group: :odd")
    expect { client.list_consumer_groups(types: ["consumer"]) }
      .to raise_error(ArgumentError, 'Unknown type of a group: "consumer"')
    expect { client.list_consumer_groups(states: %i[empty empty]) }.to raise_error(Rdkafka::RdkafkaError, /Duplicate/)
    expect(client.list_consumer_groups(states: [], types: [])).to be_a(Rdkafka::Admin::ListConsumerGroupsHandle)
  end

  it "says what mock brokers do not know" do
    group = within(20) { client.describe_consumer_groups(["g"]).wait.groups.first }
    expect(group[:error].code).to eq(:unsupported_feature)
    expect(within(20) { client.list_consumer_groups.wait.errors.first.code }).to eq(:unsupported_feature)
  end

  # librdkafka would abort the process.
  describe "the deletion of groups and of their offsets" do
    def outcome_with(options)
      run_child(<<~RUBY)
        client = admin(#{options})
        list = Rdkafka::Consumer::TopicPartitionList.new
        list.add_topic_and_partitions_with_offsets("t", { 0 => 0 })
        [-> { client.delete_group("g") }, -> { client.delete_consumer_group_offsets("g", list) }].each do |call|
          call.call.wait(max_wait_timeout_ms: 5_000)
        rescue Rdkafka::RdkafkaError => e
          puts e.code
        end
        client.close
      RUBY
    end

    it "is not even sent to mock brokers" do
      own = run_child(<<~RUBY)
        cluster = KarafkaNative::MockCluster.new(brokers: 1)
        client = admin("bootstrap.servers": "127.0.0.1:1, \#{cluster.bootstrap_servers}")
        begin
          client.delete_group("g")
        rescue Rdkafka::RdkafkaError => e
          puts e.code
        end
        client.close
      RUBY
      expect(own).to print_lines(:unsupported_feature)
      expect(outcome_with('"test.mock.num.brokers": 1')).to print_lines(:unsupported_feature, :unsupported_feature)
    end

    it "is not sent to brokers that are too old for it" do
      options = '"api.version.request": false, "broker.version.fallback": "0.9.0"'
      expect(outcome_with(options)).to print_lines(:unsupported_feature, :unsupported_feature)
    end
  end
end
