# frozen_string_literal: true

# What several operations refuse without asking a broker.
RSpec.describe Rdkafka::Admin do
  let(:client) { admin }

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
        -> { client.alter_consumer_group_offsets("g\0x", AdminOperations.list("t")) },
        -> { client.delete_consumer_group_offsets("g\0x", AdminOperations.list("t")) },
        -> { client.delete_records("t\0x" => [{ partition: 0, offset: 1 }]) },
        -> { client.create_acl(**rule) }, -> { client.describe_acl(**rule) }, -> { client.delete_acl(**rule) },
        -> { client.describe_configs([{ resource_type: 2, resource_name: "t\0x" }]) }
      ].each { |call| expect(&call).to raise_error(ArgumentError, /contains a null byte/) }
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
    end
  end

  # librdkafka would abort the process when the coordinator is there again.
  describe "requests to the coordinator of a group" do
    it "can be made again after it was away" do
      outcome = run_child(<<~RUBY)
        cluster = KarafkaNative::MockCluster.new(brokers: 1)
        client = admin("bootstrap.servers": cluster.bootstrap_servers, "reconnect.backoff.max.ms": 100)
        list = Rdkafka::Consumer::TopicPartitionList.new
        list.add_topic_and_partitions_with_offsets("t", { 0 => 0 })
        calls = {
          describe: ->(**time) { client.describe_consumer_groups(["g"], **time).wait.groups.first[:error] },
          list: ->(**time) { client.list_consumer_group_offsets("g", **time).wait.groups.first[:error] },
          alter: ->(**time) { client.alter_consumer_group_offsets("g", list, **time).wait.partitions.first[:error] },
          forget: ->(**time) { client.delete_consumer_group_offsets("g", list, **time).wait },
          delete: ->(**time) { client.delete_group("g", **time).wait }
        }
        outcome = lambda do |name, **time|
          calls.fetch(name).call(**time)&.code
        rescue Rdkafka::RdkafkaError => e
          e.code
        end
        cluster.create_topic("t")
        known = %i[list alter] # by embedded brokers
        calls.each_key do |name|
          usual = :unsupported_feature unless known.include?(name)
          # The first ones may fail in another way, while the connection is not there again.
          usually = -> { Array.new(10).any? { outcome.call(name) == usual } }
          there = usually.call
          cluster.broker_down(1)
          away = Array.new(2) { outcome.call(name, request_timeout_ms: 100) }
          cluster.broker_up(1)
          p [name, there, away.all?, usually.call]
        end
        client.close
        p :closed
      RUBY

      back = ->(name) { [name, true, true, true].inspect }
      expect(outcome).to print_lines(*%i[describe list alter forget delete].map(&back), ":closed")
    end

    # librdkafka starts over when it has lost all brokers, and a request would wait for one that it has given up.
    { {} => {}, { "metadata.recovery.strategy": "rebootstrap" } => { librdkafka: "2.11" } }.each do |options, needs|
      it "can be made at once when all brokers were away for a moment, with #{options}", **needs do
        cluster = closing(KarafkaNative::MockCluster.new)
        client = admin("bootstrap.servers": cluster.bootstrap_servers, "reconnect.backoff.max.ms": 100, **options)
        errors = Array.new(10) do
          cluster.broker_down
          cluster.broker_up
          client.list_consumer_group_offsets("g", request_timeout_ms: 10_000).wait.groups.first[:error]
        end
        expect(errors.compact.map(&:code)).not_to include(:timed_out)
      end
    end

    it "ends in its own time, whatever becomes of others" do
      outcome = run_child(<<~RUBY)
        cluster = KarafkaNative::MockCluster.new(brokers: 1)
        client = admin("bootstrap.servers": cluster.bootstrap_servers, "reconnect.backoff.max.ms": 100)
        cluster.broker_down(1)
        patient, hasty = [60_000, 100].map { |ms| client.list_consumer_group_offsets("g", request_timeout_ms: ms) }
        p hasty.wait.groups.first[:error].code, patient.pending?
        cluster.broker_up(1)
        p patient.wait.groups.first[:error]
        client.close
      RUBY
      expect(outcome).to print_lines(":timed_out", true, "nil")
    end

    it "ends with its client" do
      outcome = run_child(<<~RUBY)
        client = admin("bootstrap.servers": UNREACHABLE)
        handles = [client.delete_group("g"), client.describe_consumer_groups(["g"])]
        client.close
        handles.each do |handle|
          handle.wait
        rescue Rdkafka::RdkafkaError => e
          puts e.code
        end
      RUBY
      expect(outcome).to print_lines("destroy", "destroy")
    end
  end
end
