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
end
