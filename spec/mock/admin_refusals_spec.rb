# frozen_string_literal: true

# What librdkafka or the driver refuses without asking a broker.
RSpec.describe Rdkafka::Admin do
  let(:client) { admin }
  let(:topic) { new_topic }

  def refusal_of(handle)
    within(20) { handle.wait }
    nil
  rescue Rdkafka::RdkafkaError => e
    [e.code, e.broker_message, e.message_prefix]
  end

  def list(offsets)
    AdminOperations.list(topic, offsets)
  end

  describe "numbers out of range" do
    it "are named" do
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

    it "are named for rules" do
      {
        { resource_type: 99 } => "Invalid resource type",
        { operation: 1 } => "Invalid operation",
        { resource_pattern_type: 2 } => "Invalid resource pattern type",
        { permission_type: 1 } => "Invalid permission type"
      }.each do |wrong, text|
        expect { client.create_acl(**AdminOperations.rule("t", **wrong)) }
          .to raise_error(Rdkafka::Config::ConfigError, text)
      end
      expect { client.describe_acl(**AdminOperations.rule("t", operation: -1)) }
        .to raise_error(Rdkafka::Config::ConfigError, "Invalid operation")
    end
  end

  describe "names" do
    { delete_topic: "topic name", delete_group: "group id" }.each do |method, what|
      it "have to be Strings: #{method}", defect: 4 do
        expect { client.public_send(method, nil) }
          .to raise_error(TypeError, "#{what} has to be a String, not NilClass")
        expect { client.public_send(method, :name) }
          .to raise_error(TypeError, "#{what} has to be a String, not Symbol")
      end
    end

    it "with null bytes are not cut", defect: 35 do
      rule = AdminOperations.rule("t\0x")
      [
        -> { client.describe_topics(["t\0x"]) }, -> { client.delete_topic("t\0x") },
        -> { client.create_topic("t\0x", 1, 1) }, -> { client.create_partitions("t\0x", 2) },
        -> { client.describe_consumer_groups(["g\0x"]) }, -> { client.delete_group("g\0x") },
        -> { client.alter_consumer_group_offsets("g\0x", list({ 0 => 1 })) },
        -> { client.delete_consumer_group_offsets("g\0x", list({ 0 => 1 })) },
        -> { client.delete_records("t\0x" => [{ partition: 0, offset: 1 }]) },
        -> { client.create_acl(**rule) }, -> { client.describe_acl(**rule) }, -> { client.delete_acl(**rule) },
        -> { client.describe_configs([{ resource_type: 2, resource_name: "t\0x" }]) }
      ].each { |call| expect(&call).to raise_error(ArgumentError, /contains a null byte/) }
    end

    it "of topics to be described come in an Array" do
      [nil, "topic", [:topic], ["topic", nil], { "topic" => 1 }].each do |names|
        expect { client.describe_topics(names) }
          .to raise_error(ArgumentError, "topic_names must be an Array of Strings")
      end
    end

    it "may be missing in filters, but not in rules" do
      any = { resource_name: nil, principal: nil, host: nil }
      any.each_key do |key|
        expect { client.create_acl(**AdminOperations.rule("t", key => nil)) }
          .to raise_error(TypeError, "#{key} has to be a String, not NilClass")
      end
      expect(client.describe_acl(**AdminOperations.rule("t", **any))).to be_pending
      expect(client.delete_acl(**AdminOperations.rule("t", **any))).to be_pending
    end
  end

  describe "#delete_records" do
    it "takes Integers and :end" do
      [:start, 1.5, nil].each do |offset|
        expect { client.delete_records(topic => [{ partition: 0, offset: offset }]) }
          .to raise_error(ArgumentError, "Unknown offset specification: #{offset.inspect}")
      end
    end

    it "needs both keys", statement: 112 do
      expect { client.delete_records(topic => [{ partition: 0 }]) }.to raise_error(KeyError)
      expect { client.delete_records(topic => [{ offset: 0 }]) }.to raise_error(KeyError)
    end

    it "deletes something, and each partition's once", statement: 112 do
      nothing = [:invalid_arg, "No records to delete", nil]
      expect(refusal_of(client.delete_records({}))).to eq(nothing)
      expect(refusal_of(client.delete_records(topic => []))).to eq(nothing)
      twice = client.delete_records(topic => [{ partition: 0, offset: 0 }, { partition: 0, offset: :end }])
      expect(refusal_of(twice)).to eq([:invalid_arg, "Duplicate partitions not allowed", nil])
    end

    it "knows that a partition does not exist", statement: 112 do
      [99, -1].each do |partition|
        expect(refusal_of(client.delete_records(topic => [{ partition: partition, offset: 0 }])))
          .to eq([:noent, "Failed to query partition leaders: No leaders found", nil])
      end
    end
  end

  describe "#describe_topics and #describe_consumer_groups" do
    it "refuse what is asked twice, and empty names" do
      expect(refusal_of(client.describe_topics(%w[a a]))).to eq([:invalid_arg, "Duplicate topics not allowed", nil])
      expect(refusal_of(client.describe_topics([""])))
        .to eq([:invalid_arg, "Empty topic name at index 0 isn't allowed", nil])
      expect(refusal_of(client.describe_consumer_groups(%w[a a])))
        .to eq([:invalid_arg, "Duplicate groups not allowed", nil])
      expect(refusal_of(client.describe_consumer_groups([]))).to eq([:invalid_arg, "No groups to describe", nil])
    end

    it "need names that can be read one by one" do
      expect { client.describe_consumer_groups("group") }.to raise_error(NoMethodError, /map/)
      expect { client.describe_consumer_groups([nil]) }.to raise_error(TypeError, /group id/)
      expect(within(20) { client.describe_topics([]).wait.topics }).to eq([])
    end
  end

  describe "offsets of groups" do
    it "come in a list" do
      [nil, {}, { topic => [0] }, "list"].each do |wrong|
        expect { client.alter_consumer_group_offsets("g", wrong) }.to raise_error(NoMethodError, /TopicPartitionList/)
        expect { client.delete_consumer_group_offsets("g", wrong) }.to raise_error(NoMethodError, /TopicPartitionList/)
      end
      expect { client.alter_consumer_group_offsets(nil, list({ 0 => 1 })) }.to raise_error(TypeError, /group id/)
    end

    it "have to be there to be changed" do
      empty = Rdkafka::Consumer::TopicPartitionList.new
      expect(refusal_of(client.alter_consumer_group_offsets("g", empty)))
        .to eq([:invalid_arg, "Non-empty topic partition list must be present", nil])
      whole = Rdkafka::Consumer::TopicPartitionList.new.tap { |made| made.add_topic(topic) }
      [list({ 0 => nil }), list({ 0 => -2 }), whole].each do |wrong|
        expect(refusal_of(client.alter_consumer_group_offsets("g", wrong)))
          .to eq([:invalid_arg, "All topic-partition offsets must be >= 0", nil])
      end
    end
  end

  describe "configurations" do
    def alter(**change)
      client.incremental_alter_configs(
        [{ resource_type: 2, resource_name: "t", configs: [{ name: "n", op_type: 0, value: "v", **change }] }]
      )
    end

    it "belong to something with a name and a type", statement: 109 do
      { ["", 2] => '"" (type 2)', ["t", -1] => '"t" (type -1)' }.each do |(name, type), text|
        resource = { resource_type: type, resource_name: name }
        [-> { client.describe_configs([resource]) },
         -> { client.incremental_alter_configs([{ **resource, configs: [] }]) }].each do |call|
          expect(&call)
            .to raise_error(Rdkafka::Config::ConfigError, "rd_kafka_ConfigResource_new was NULL for #{text}")
        end
      end
      expect { client.describe_configs([{ resource_type: 2, resource_name: nil }]) }
        .to raise_error(TypeError, "resource_name has to be a String, not NilClass")
      expect { client.describe_configs([{ resource_type: "topic", resource_name: "t" }]) }
        .to raise_error(TypeError, "resource_type has to be an Integer, not String")
    end

    it "are asked for with all keys, and leave nothing behind otherwise", statement: 17 do
      wrong = [{ resource_type: 2 }]
      10_000.times do
        expect { client.describe_configs(wrong) }.to raise_error(KeyError)
        expect { client.incremental_alter_configs(wrong) }.to raise_error(KeyError)
      end
      %i[name op_type value].each do |key|
        configs = [{ name: "n", op_type: 0, value: "v" }.except(key)]
        expect { client.incremental_alter_configs([{ resource_type: 2, resource_name: "t", configs: configs }]) }
          .to raise_error(KeyError)
      end
      expect { client.list_offsets({ topic => [{ partition: 0, offset: :soon }] }) }.to raise_error(ArgumentError)
      expect(Rdkafka::AbstractHandle::REGISTRY).to be_empty
    end

    it "are changed by what librdkafka knows, which says why not", statement: 107 do
      {
        { op_type: 9 } => "Invalid alter config operation type",
        { name: "" } => "Config name mustn't be empty",
        { name: nil } => "Config name is required",
        { value: nil } => "Config value is required"
      }.each do |change, text|
        expect { alter(**change) }.to raise_error(Rdkafka::RdkafkaError) { |error|
          expect([error.code, error.broker_message, error.message_prefix])
            .to eq([:invalid_arg, text, "rd_kafka_ConfigResource_add_incremental_config"])
          expect(error.to_s).to end_with("\n#{text}")
        }
      end
      expect { alter(value: 1) }.to raise_error(TypeError, "value of a config has to be a String, not Integer")
      expect(alter(op_type: 1, value: nil)).to be_pending
    end
  end

  describe "lists with wrong elements" do
    it "are given up without a trace", defect: 30, statement: 21 do
      script = <<~'RUBY'
        def resident_kib = File.read("/proc/self/status")[/^VmRSS:\s+(\d+)/, 1].to_i
        client = admin
        many = { "t" => Array.new(50) { { partition: 0, offset: 1 } } }
        attempts = [
          -> { client.delete_records({ **many, symbol: [{ partition: 0, offset: 1 }] }) },
          -> { client.list_offsets({ **many, symbol: [{ partition: 0, offset: 1 }] }) },
          -> { client.list_offsets({ **many, "u" => [{ partition: "0", offset: 1 }] }) }
        ]
        try = lambda do |times|
          times.times do
            attempts.each do |attempt|
              attempt.call
              abort "accepted"
            rescue TypeError
              nil
            end
          end
          GC.start
        end
        try.call(500)
        before = resident_kib
        try.call(3_000)
        puts resident_kib - before < 10_000
        client.close
      RUBY
      expect(run_child(script)).to print_lines(true)
    end

    it "name the element" do
      wrong = { nil => [{ partition: 0, offset: 1 }] }
      expect { client.delete_records(wrong) }.to raise_error(TypeError, "topic has to be a String, not NilClass")
      expect { client.list_offsets(wrong) }.to raise_error(TypeError, "topic has to be a String, not NilClass")
      expect { client.delete_records("t" => [{ partition: "0", offset: 1 }]) }
        .to raise_error(TypeError, "partition has to be an Integer, not String")
      expect { client.list_offsets({ topic => [] }, isolation_level: "1") }
        .to raise_error(TypeError, "isolation_level has to be an Integer, not String")
      [7, -1, 1 << 40].each do |level|
        expect { client.list_offsets({ topic => [] }, isolation_level: level) }
          .to raise_error(ArgumentError, "isolation_level has to be 0 or 1, not #{level}")
      end
    end
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
