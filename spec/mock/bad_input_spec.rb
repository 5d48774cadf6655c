# frozen_string_literal: true

# One child process calls every public method with everything that does not belong there. A crash ends the child, and
# the failure names the call that it died in.
RSpec.describe "Bad input" do
  # Tells of each call before and after it is made.
  def harness
    <<~'RUBY'
      nothing = Object.new
      def nothing.inspect = "object"
      strange = {
        "nil" => nil, "true" => true, "0" => 0, "-1" => -1, "-2**31" => -2**31, "-2**31-1" => -2**31 - 1,
        "2**31" => 2**31, "2**63-1" => 2**63 - 1, "2**63" => 2**63, "2**100" => 2**100, "1.5" => 1.5,
        "NaN" => Float::NAN, "Infinity" => Float::INFINITY, ":symbol" => :symbol, '""' => "", "NUL" => "nul\0byte",
        "long" => "x" * 100_000, "bytes" => "\xff\xfe", "[]" => [], "[nil]" => [nil], "[[]]" => [[]],
        "[1]" => [1], "{}" => {}, "{nil}" => { nil => nil }, "{1}" => { 1 => 2 }, "{s=>1}" => { "s" => 1 },
        "{s=>[nil]}" => { "s" => [nil] }, "{s=>[{}]}" => { "s" => [{}] }, "{nil=>[]}" => { nil => [] },
        "object" => nothing, "Time" => Time.at(0), "class" => String, "proc" => proc { nil }, "1..2" => (1..2)
      }
      # What is a wait of legal length.
      legal_waits = ["-1", "-2**31", "true"]

      call = lambda do |name, &block|
        puts "CALL #{name}"
        thread = Thread.new do
          Thread.current.report_on_exception = false
          block.call
          "returned"
        rescue Exception => e
          "#{e.class}|#{e.class.ancestors.include?(StandardError)}|#{e.message[0, 200].inspect}"
        end
        if thread.join(12)
          puts "DONE #{thread.value}"
        else
          puts "DONE hangs"
          exit!(1)
        end
      end

      # Puts each strange value in each argument's place in turn.
      try = lambda do |object, method, *arguments, waits: [], **keywords|
        arguments.each_index do |index|
          strange.each do |label, value|
            next if waits.include?(index) && legal_waits.include?(label)

            given = arguments.dup
            given[index] = value
            call.call("#{object.class}##{method} argument #{index} #{label}") { object.public_send(method, *given, **keywords) }
          end
        end
        keywords.each_key do |key|
          strange.each do |label, value|
            next if waits.include?(key) && legal_waits.include?(label)

            given = { **keywords, key => value }
            call.call("#{object.class}##{method} #{key}: #{label}") { object.public_send(method, *arguments, **given) }
          end
        end
      end
      list = Rdkafka::Consumer::TopicPartitionList.new
      list.add_topic_and_partitions_with_offsets(TOPIC, 0 => 1)
    RUBY
  end

  groups = {
    "Config" => <<~'RUBY',
      subject = Rdkafka::Config
      %i[logger= statistics_callback= error_callback= oauthbearer_token_refresh_callback=].each do |setter|
        strange.each do |label, value|
          before = subject.public_send(setter.to_s.delete("="))
          call.call("Config.#{setter} #{label}") { subject.public_send(setter, value) }
          subject.public_send(setter, before)
        end
      end
      strange.each do |label, value|
        call.call("Config.new #{label}") { subject.new(value).send(:native_config) }
        %w[bootstrap.servers statistics.interval.ms client.id].each do |option|
          call.call("Config #{option} #{label}") { subject.new(option => value).send(:native_config) }
        end
        call.call("Config key #{label}") { subject.new(value => "1").send(:native_config) }
        call.call("Config#[]= #{label}") { subject.new.tap { |made| made[value] = value }[value] }
        call.call("Config#consumer_poll_set= #{label}") do
          made = subject.new("group.id": "g").tap { |one| one.consumer_poll_set = value }
          made.consumer.close
        end
        call.call("Config#consumer_rebalance_listener= #{label}") do
          made = subject.new("group.id": "g").tap { |one| one.consumer_rebalance_listener = value }
          made.consumer.close
        end
        %i[native_kafka_auto_start run_polling_thread].each do |keyword|
          call.call("Config#producer #{keyword}: #{label}") { subject.new.producer(keyword => value).close }
        end
        call.call("Config#producer native_kafka_poll_timeout_ms: #{label}") do
          subject.new.producer(native_kafka_poll_timeout_ms: value, native_kafka_auto_start: false).close
        end
      end
    RUBY
    "Consumer" => <<~'RUBY',
      subject = consumer_of(TOPIC)
      message = Struct.new(:topic, :partition, :offset)
      try.call(subject, :poll, 0, waits: [0])
      try.call(subject, :poll_nb, 0, waits: [0])
      try.call(subject, :poll_batch, 0, max_items: 1, waits: [0])
      try.call(subject, :poll_batch_nb, 0, max_items: 1, waits: [0])
      # One that joins a group would have to wait for it when it commits.
      member = consumer
      try.call(member, :subscribe, "a")
      try.call(member, :subscribe, "a", "b")
      member.close
      %i[pause resume assign committed position offsets_for_times commit].each { |method| try.call(subject, method, list) }
      try.call(subject, :committed, list, 0, waits: [1])
      try.call(subject, :offsets_for_times, list, 0, waits: [1])
      try.call(subject, :commit, list, true)
      try.call(subject, :query_watermark_offsets, TOPIC, 0, 50, waits: [2])
      try.call(subject, :lag, list, 50, waits: [1])
      try.call(subject, :cluster_id, 50, waits: [0])
      try.call(subject, :seek_by, TOPIC, 0, 0)
      try.call(subject, :store_offset, message.new(TOPIC, 0, 0), "metadata")
      try.call(subject, :seek, message.new(TOPIC, 0, 0))
      strange.each do |label, value|
        [message.new(value, 0, 0), message.new(TOPIC, value, 0), message.new(TOPIC, 0, value)].each_with_index do |bad, at|
          call.call("Consumer#seek message with bad field #{at} #{label}") { subject.seek(bad) }
          call.call("Consumer#store_offset message with bad field #{at} #{label}") { subject.store_offset(bad) }
        end
        [{ TOPIC => [value] }, { value => [Rdkafka::Consumer::Partition.new(0, 1)] }, { value => nil },
         { TOPIC => [Rdkafka::Consumer::Partition.new(value, 1)] },
         { TOPIC => [Rdkafka::Consumer::Partition.new(0, value)] },
         { TOPIC => [Rdkafka::Consumer::Partition.new(0, 1, value)] },
         { TOPIC => [Rdkafka::Consumer::Partition.new(0, 1, 0, value)] }].each_with_index do |data, at|
          bad = Rdkafka::Consumer::TopicPartitionList.new(data)
          %i[assign pause resume position commit committed offsets_for_times].each do |method|
            call.call("Consumer##{method} list with bad part #{at} #{label}") { subject.public_send(method, bad) }
          end
          call.call("Consumer#lag list with bad part #{at} #{label}") { subject.lag(bad, 50) }
        end
      end
      subject.assign(Rdkafka::Consumer::TopicPartitionList.new)
      try.call(subject, :list_offsets, { TOPIC => [{ partition: 0, offset: 1 }] }, isolation_level: 1)
      strange.each do |label, value|
        [{ value => [{ partition: 0, offset: 1 }] }, { TOPIC => value }, { TOPIC => [value] },
         { TOPIC => [{ partition: value, offset: 1 }] },
         { TOPIC => [{ partition: 0, offset: value }] }].each_with_index do |wanted, at|
          call.call("Consumer#list_offsets bad part #{at} #{label}") { subject.list_offsets(wanted) }
        end
      end
      try.call(subject, :metadata, TOPIC, 50, waits: [1])
      separate = consumer(poll_set: false)
      try.call(separate, :events_poll, 0, waits: [0])
      try.call(separate, :events_poll_nb, 0, waits: [0])
      %i[enable_queue_io_events enable_background_queue_io_events].each { |method| try.call(separate, method, 9_999, "x") }
      try.call(separate, :oauthbearer_set_token, token: "t", lifetime_ms: 1, principal_name: "p", extensions: {})
      try.call(separate, :oauthbearer_set_token_failure, "reason")
      separate.close
      strange.each do |label, value|
        call.call("Consumer#each timeout_ms: #{label}") { subject.each(timeout_ms: value) { break } } unless
          legal_waits.include?(label) || ["0", "1.5", "-2**31"].include?(label)
      end
      fill(TOPIC, 1)
      subject.assign(list.tap { |one| one.add_topic_and_partitions_with_offsets(TOPIC, 0 => 0) })
      found = nil
      until found
        begin
          found = subject.poll(1_000)
        rescue Rdkafka::RdkafkaError
          next # about what was assigned before
        end
      end
      puts "WORKS yes" if found.payload == "0"
      subject.close
    RUBY
    "Producer" => <<~'RUBY',
      subject = producer
      complete = {
        topic: TOPIC, payload: "p", key: "k", partition: 0, partition_key: nil, timestamp: 1, headers: {}, label: nil,
        topic_config: {}, partitioner: "murmur2"
      }
      try.call(subject, :produce, **complete)
      try.call(subject, :produce, **complete, partition_key: "k")
      strange.each do |label, value|
        call.call("Producer#produce header name #{label}") { subject.produce(topic: TOPIC, headers: { value => "1" }) }
        call.call("Producer#produce header value #{label}") { subject.produce(topic: TOPIC, headers: { "a" => value }) }
        call.call("Producer#produce headers [[#{label}]]") { subject.produce(topic: TOPIC, headers: [[value, value]]) }
        call.call("Producer#produce headers [#{label}]") { subject.produce(topic: TOPIC, headers: [value]) }
        call.call("Producer#produce topic option #{label}") { subject.produce(topic: TOPIC, topic_config: { value => 1 }) }
        call.call("Producer#produce topic option value #{label}") do
          subject.produce(topic: TOPIC, topic_config: { acks: value })
        end
        call.call("Producer#produce topic partitioner #{label}") do
          subject.produce(topic: TOPIC, partition_key: "k", topic_config: { partitioner: value })
        end
        call.call("Producer.new partitioner #{label}") do
          made = config.tap { |one| one[:partitioner] = value }.producer
          made.produce(topic: TOPIC, payload: "1", partition_key: "k")
          made.purge
          made.close
        end
        call.call("Producer#delivery_callback= #{label}") { subject.delivery_callback = value }
      end
      subject.delivery_callback = ->(_) { nil }
      try.call(subject, :flush, 0, waits: [0])
      try.call(subject, :partition_count, TOPIC)
      try.call(subject, :set_topic_config, TOPIC, {}, 1)
      try.call(subject, :metadata, TOPIC, 50, waits: [1])
      try.call(subject, :oauthbearer_set_token, token: "t", lifetime_ms: 1, principal_name: "p", extensions: {})
      handle = subject.produce(topic: TOPIC, payload: "1", partition: 0)
      strange.each do |label, value|
        call.call("DeliveryHandle#wait max_wait_timeout_ms: #{label}") do
          pending = producer("bootstrap.servers": UNREACHABLE, "message.timeout.ms": 300)
          pending.produce(topic: "t", payload: "1").wait(max_wait_timeout_ms: value)
        end
        call.call("DeliveryHandle#[] #{label}") { handle[value] }
      end
      puts "WORKS yes" if subject.produce(topic: TOPIC, payload: "1", partition: 0).wait.error.nil?
      KarafkaNative.exit_timeout_ms = 5_000
      subject.close
    RUBY
    "Admin" => <<~'RUBY'
      KarafkaNative.exit_timeout_ms = 0
      subject = admin
      try.call(subject, :create_topic, "t", 1, 1, {})
      strange.each do |label, value|
        call.call("Admin#create_topic option #{label}") { subject.create_topic("t", 1, 1, { value => "1" }) }
        call.call("Admin#create_topic option value #{label}") { subject.create_topic("t", 1, 1, { "a" => value }) }
        [{ value => [{ partition: 0, offset: 1 }] }, { TOPIC => value }, { TOPIC => [value] },
         { TOPIC => [{ partition: value, offset: 1 }] },
         { TOPIC => [{ partition: 0, offset: value }] }].each_with_index do |wanted, at|
          call.call("Admin#list_offsets bad part #{at} #{label}") { subject.list_offsets(wanted) }
        end
      end
      try.call(subject, :delete_topic, "t")
      try.call(subject, :create_partitions, "t", 2)
      try.call(subject, :describe_topics, ["t"], include_authorized_operations: false)
      try.call(subject, :describe_cluster, include_authorized_operations: false)
      try.call(subject, :delete_records, { TOPIC => [{ partition: 0, offset: 1 }] })
      try.call(subject, :describe_consumer_groups, ["g"], include_authorized_operations: false)
      try.call(subject, :delete_group, "g")
      offsets = Rdkafka::Consumer::TopicPartitionList.new
      offsets.add_topic_and_partitions_with_offsets(TOPIC, { 0 => 1 })
      try.call(subject, :alter_consumer_group_offsets, "g", offsets)
      try.call(subject, :delete_consumer_group_offsets, "g", offsets)
      rule = { resource_type: 2, resource_name: "t", resource_pattern_type: 3, principal: "User:x", host: "*",
               operation: 3, permission_type: 3 }
      try.call(subject, :create_acl, **rule)
      try.call(subject, :describe_acl, **rule)
      try.call(subject, :delete_acl, **rule)
      try.call(subject, :describe_configs, [{ resource_type: 2, resource_name: "t" }])
      try.call(subject, :incremental_alter_configs, [{ resource_type: 2, resource_name: "t", configs: [] }])
      strange.each do |label, value|
        [{ value => [{ partition: 0, offset: 1 }] }, { TOPIC => value }, { TOPIC => [value] },
         { TOPIC => [{ partition: value, offset: 1 }] },
         { TOPIC => [{ partition: 0, offset: value }] }].each_with_index do |before, at|
          call.call("Admin#delete_records bad part #{at} #{label}") { subject.delete_records(before) }
        end
        [[value], { resource_type: value, resource_name: "t" }, { resource_type: 2, resource_name: value }]
          .each_with_index do |resource, at|
            call.call("Admin#describe_configs bad part #{at} #{label}") { subject.describe_configs([resource]) }
          end
        [value, [value], [{ name: value, op_type: 0, value: "v" }], [{ name: "n", op_type: value, value: "v" }],
         [{ name: "n", op_type: 0, value: value }]].each_with_index do |configs, at|
          call.call("Admin#incremental_alter_configs bad part #{at} #{label}") do
            subject.incremental_alter_configs([{ resource_type: 2, resource_name: "t", configs: configs }])
          end
        end
        call.call("Admin handle #{label}") { Rdkafka::Admin::CreateTopicHandle.new[value] }
      end
      try.call(subject, :list_offsets, { TOPIC => [{ partition: 0, offset: 1 }] }, isolation_level: 1)
      try.call(subject, :metadata, TOPIC, 50, waits: [1])
      puts "WORKS yes" if subject.list_offsets({ TOPIC => [{ partition: 0, offset: :latest }] }).wait.offsets.one?
      subject.close
    RUBY
  }
  # What the reference crashes on, and a few that must be clear.
  def expected_errors
    {
      "Consumer" => {
        "Rdkafka::Consumer#subscribe argument 0 nil" => "TypeError",
        "Rdkafka::Consumer#subscribe argument 1 NUL" => "ArgumentError",
        "Rdkafka::Consumer#seek_by argument 0 nil" => "TypeError",
        "Rdkafka::Consumer#query_watermark_offsets argument 0 nil" => "TypeError",
        "Consumer#assign list with bad part 1 nil" => "TypeError",
        "Consumer#commit list with bad part 1 nil" => "TypeError",
        "Consumer#list_offsets bad part 0 nil" => "TypeError",
        "Rdkafka::Consumer#poll_batch max_items: -1" => "ArgumentError",
        "Rdkafka::Consumer#poll argument 0 nil" => "TypeError"
      },
      "Producer" => {
        "Rdkafka::Producer#produce topic: nil" => "TypeError",
        "Rdkafka::Producer#produce topic: :symbol" => "TypeError",
        "Rdkafka::Producer#produce topic: NUL" => "ArgumentError",
        "Rdkafka::Producer#produce payload: :symbol" => "NoMethodError",
        "Rdkafka::Producer#produce timestamp: 1.5" => "TypeError",
        "Rdkafka::Producer#partition_count argument 0 nil" => "TypeError",
        "Producer#produce header name NUL" => "ArgumentError",
        "Producer#delivery_callback= nil" => "TypeError"
      },
      "Admin" => {
        "Rdkafka::Admin#create_topic argument 0 nil" => "TypeError",
        "Rdkafka::Admin#create_topic argument 0 NUL" => "ArgumentError",
        "Rdkafka::Admin#create_topic argument 1 -2**31" => "Rdkafka::Config::ConfigError",
        "Rdkafka::Admin#delete_topic argument 0 NUL" => "ArgumentError",
        "Rdkafka::Admin#create_partitions argument 1 -1" => "Rdkafka::Config::ConfigError",
        "Rdkafka::Admin#describe_topics argument 0 [nil]" => "ArgumentError",
        "Rdkafka::Admin#delete_group argument 0 nil" => "TypeError",
        "Rdkafka::Admin#delete_group argument 0 NUL" => "ArgumentError",
        "Rdkafka::Admin#describe_consumer_groups argument 0 [nil]" => "TypeError",
        "Rdkafka::Admin#describe_consumer_groups argument 0 nil" => "NoMethodError",
        "Rdkafka::Admin#alter_consumer_group_offsets argument 0 :symbol" => "TypeError",
        "Rdkafka::Admin#alter_consumer_group_offsets argument 1 {}" => "NoMethodError",
        "Rdkafka::Admin#delete_consumer_group_offsets argument 1 nil" => "NoMethodError",
        "Rdkafka::Admin#create_acl resource_name: nil" => "TypeError",
        "Rdkafka::Admin#create_acl host: NUL" => "ArgumentError",
        "Rdkafka::Admin#create_acl operation: -1" => "Rdkafka::Config::ConfigError",
        "Rdkafka::Admin#describe_acl principal: :symbol" => "TypeError",
        "Rdkafka::Admin#describe_acl principal: nil" => "returned",
        "Rdkafka::Admin#delete_acl operation: nil" => "TypeError",
        "Admin#delete_records bad part 0 nil" => "TypeError",
        "Admin#delete_records bad part 0 :symbol" => "TypeError",
        "Admin#delete_records bad part 3 1.5" => "TypeError",
        "Admin#delete_records bad part 4 :symbol" => "ArgumentError",
        "Admin#describe_configs bad part 1 -1" => "Rdkafka::Config::ConfigError",
        "Admin#describe_configs bad part 1 :symbol" => "TypeError",
        "Admin#describe_configs bad part 2 nil" => "TypeError",
        'Admin#describe_configs bad part 2 ""' => "Rdkafka::Config::ConfigError",
        "Admin#incremental_alter_configs bad part 2 nil" => "Rdkafka::RdkafkaError",
        "Admin#incremental_alter_configs bad part 3 -1" => "Rdkafka::RdkafkaError",
        "Admin#incremental_alter_configs bad part 4 nil" => "Rdkafka::RdkafkaError",
        "Admin#incremental_alter_configs bad part 4 :symbol" => "TypeError",
        "Admin#list_offsets bad part 0 nil" => "TypeError",
        "Admin#list_offsets bad part 4 :symbol" => "ArgumentError",
        "Admin#list_offsets bad part 2 {}" => "KeyError"
      },
      "Config" => {
        "Config.logger= nil" => "Rdkafka::Config::NoLoggerError",
        "Config.statistics_callback= object" => "TypeError",
        "Config key nil" => "Rdkafka::Config::ConfigError",
        "Config.new 0" => "TypeError"
      }
    }
  end

  # Where the contract has what Ruby itself raises.
  def allowed
    /payload:|key:|topic_config:|#set_topic_config|#lag|#seek |#store_offset argument 0|headers:|#list_offsets|
               \#delete_records|consumer_group_offsets\sargument\s1|consumer_groups\sargument\s0|_configs|
               message\swith|list\swith|header\sname|extensions:|Config\.new|#metadata/x
  end

  groups.each do |kind, script|
    describe kind do
      # rubocop:disable RSpec/BeforeAfterAll, RSpec/InstanceVariable -- the child runs once for all examples
      before(:all) do
        @outcome = run_child(harness + script, seconds: 240, topic: new_topic)
        @calls = @outcome.out.b.scan(/^CALL ([^\n]*)\n(?:DONE ([^\n]*)\n)?/n)
      end

      it "is never the end of the process, nor of the client", defect: 4 do
        unfinished = @calls.reject(&:last).map(&:first)

        expect([unfinished, @outcome.ending, @outcome.err.lines.first(5)]).to eq([[], 0, []])
        expect(@calls.size).to be > 50
        expect(@outcome.out[/^WORKS (.*)/, 1]).to eq(kind == "Config" ? nil : "yes")
      end

      it "never makes a call hang" do
        expect(@calls.select { |_, result| result == "hangs" }.map(&:first)).to eq([])
      end

      it "gives standard errors that have something to say" do
        silent = @calls.reject do |_, result|
          result.nil? || result == "returned" || result.match?(/\|true\|"../) || result.start_with?("Rdkafka::Config::NoLog")
        end
        expect(silent).to eq([])
      end

      it "gives the errors of the contract", defect: 4 do
        results = @calls.to_h
        contract = expected_errors.fetch(kind)
        expect(contract.to_h { |name, _| [name, results[name].to_s[/\A[^|]*/]] }).to eq(contract)
      end

      it "is not found out by accident" do
        accidents = @calls.select do |name, result|
          result&.match?(/\A(NoMethodError|NameError|RuntimeError|Encoding::Compat\w+)\|/) && !name.match?(allowed)
        end

        expect(accidents).to eq([])
      end
      # rubocop:enable RSpec/BeforeAfterAll, RSpec/InstanceVariable
    end
  end
end
