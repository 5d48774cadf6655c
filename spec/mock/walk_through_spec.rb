# frozen_string_literal: true

# Each public method of each kind of client is called 20 times, on clients of their own that are closed then. What is
# still there afterwards is counted: descriptors, native threads, memory, entries in tables of the process, objects.
RSpec.describe "Calling every public method", file: "/proc/self/task" do
  # What the methods are called with, by name; without an entry, with nothing. `c` is the client.
  let(:calls) do
    {
      consumer: <<~RUBY,
        subscribe: ->(c) { c.subscribe(TOPIC) }, pause: ->(c) { c.pause(LIST) }, resume: ->(c) { c.resume(LIST) },
        assign: ->(c) { c.assign(LIST) }, lag: ->(c) { c.lag(LIST) }, committed: ->(c) { c.committed(LIST) },
        query_watermark_offsets: ->(c) { c.query_watermark_offsets(TOPIC, 0) },
        store_offset: ->(c) { c.store_offset(MESSAGE) }, seek: ->(c) { c.seek(MESSAGE) },
        seek_by: ->(c) { c.seek_by(TOPIC, 0, 0) }, offsets_for_times: ->(c) { c.offsets_for_times(TIMES) },
        commit: ->(c) { c.commit(LIST) }, poll: ->(c) { c.assign(LIST) && c.poll(10) },
        poll_batch: ->(c) { c.poll_batch(10) }, events_poll: ->(c) { c.events_poll(10) },
        poll_nb_each: ->(c) { c.poll_nb_each { :stop } }, events_poll_nb_each: ->(c) { c.events_poll_nb_each { :stop } },
        each: ->(c) { c.assign(LIST) && c.each { break } }, close_at_exit: ->(c) { c.close_at_exit(1_000) },
        each_batch: nil, # only says that it is gone
      RUBY
      producer: <<~RUBY,
        "delivery_callback=": ->(c) { (c.delivery_callback = ->(_) {}) && c.produce(topic: TOPIC).wait },
        "partitioner=": ->(c) { (c.partitioner = ->(*) { 0 }) && c.produce(topic: TOPIC).wait },
        arity: ->(c) { c.arity(->(_) {}) }, call_delivery_callback: ->(c) { c.call_delivery_callback(nil, nil) },
        set_topic_config: ->(c) { c.set_topic_config(TOPIC, { acks: 1 }, 7) },
        produce: ->(c) { c.produce(topic: TOPIC, payload: "1", headers: { "a" => "b" }, topic_config: { acks: 1 }).wait },
        partition_count: ->(c) { c.partition_count(TOPIC) }, close_at_exit: ->(c) { c.close_at_exit(1_000) },
        events_poll_nb_each: ->(c) { c.events_poll_nb_each { :stop } },
        init_transactions: ->(_) { transact(&:init_transactions) },
        begin_transaction: ->(_) { transact { |c| c.init_transactions && c.begin_transaction } },
        commit_transaction: ->(_) { transact { |c| write(c) && c.commit_transaction } },
        abort_transaction: ->(_) { transact { |c| write(c) && c.abort_transaction } },
        send_offsets_to_transaction: ->(_) { transact { |c| write(c) && send_offsets(c) } },
      RUBY
      admin: <<~RUBY,
        events_poll_nb_each: ->(c) { c.events_poll_nb_each { :stop } }, close_at_exit: ->(c) { c.close_at_exit(1_000) },
        create_topic: ->(c) { c.create_topic("new", 1, 1) }, delete_topic: ->(c) { c.delete_topic("old") },
        create_partitions: ->(c) { c.create_partitions(TOPIC, 2) }, describe_topics: ->(c) { c.describe_topics([TOPIC]) },
        delete_records: ->(c) { c.delete_records(TOPIC => [{ partition: 0, offset: :end }]) },
        describe_consumer_groups: ->(c) { c.describe_consumer_groups(["g"]) }, delete_group: ->(c) { c.delete_group("g") },
        alter_consumer_group_offsets: ->(c) { c.alter_consumer_group_offsets("g", LIST) },
        list_consumer_group_offsets: ->(c) { c.list_consumer_group_offsets("g", LIST).wait },
        delete_consumer_group_offsets: ->(c) { c.delete_consumer_group_offsets("g", LIST) },
        create_acl: ->(c) { c.create_acl(**ACL) }, describe_acl: ->(c) { c.describe_acl(**ACL) },
        delete_acl: ->(c) { c.delete_acl(**ACL) },
        describe_configs: ->(c) { c.describe_configs([{ resource_type: 2, resource_name: TOPIC }]) },
        incremental_alter_configs: ->(c) { c.incremental_alter_configs([CHANGE]) },
        alter_configs: ->(c) { c.alter_configs([{ **CHANGE, configs: { "retention.ms" => 1 } }]) },
        elect_leaders: ->(c) { c.elect_leaders(:preferred, LIST) },
        describe_user_scram_credentials: ->(c) { c.describe_user_scram_credentials(["user"]) },
        alter_user_scram_credentials: ->(c) { c.alter_user_scram_credentials(upsert: [CREDENTIAL]) },
      RUBY
      share_consumer: <<~RUBY
        subscribe: ->(c) { c.subscribe(TOPIC) }, poll: ->(c) { c.poll(10) }, events_poll: ->(c) { c.events_poll(10) },
        "name=": ->(c) { c.name = "n" }, acknowledge: ->(c) { c.acknowledge(MESSAGE) }, each: ->(c) { Thread.new { c.each {} }.tap { c.close }.join },
        commit_sync: ->(c) { c.commit_sync(1_000) }, close_at_exit: ->(c) { c.close_at_exit(1_000) },
        "acknowledgement_commit_callback=": ->(c) { c.acknowledgement_commit_callback = ->(*) {} },
      RUBY
    }
  end

  let(:everywhere) do
    <<~RUBY
      list_offsets: ->(c) { c.list_offsets({ TOPIC => [{ partition: 0, offset: :latest }] }).wait },
      offset_specification: nil, metadata: ->(c) { c.metadata(TOPIC) },
      oauthbearer_set_token: ->(c) { c.oauthbearer_set_token(token: "t", lifetime_ms: 1, principal_name: "p") },
      set_sasl_credentials: ->(c) { c.set_sasl_credentials(username: "u", password: "p") },
      oauthbearer_set_token_failure: ->(c) { c.oauthbearer_set_token_failure("reason") },
      enable_queue_io_events: ->(c) { c.enable_queue_io_events(SIGNAL.fileno) },
      enable_background_queue_io_events: ->(c) { c.enable_background_queue_io_events(SIGNAL.fileno) },
    RUBY
  end

  let(:setup) do
    <<~RUBY
      LIST = Rdkafka::Consumer::TopicPartitionList.new
      LIST.add_topic_and_partitions_with_offsets(TOPIC, 0 => 0)
      TIMES = Rdkafka::Consumer::TopicPartitionList.new
      TIMES.add_topic_and_partitions_with_offsets(TOPIC, 0 => Time.at(0))
      fill(TOPIC, 10)
      reader = consumer_of(TOPIC)
      MESSAGE = reader.poll(20_000)
      reader.close
      SIGNAL = IO.pipe.last
      ACL = { resource_type: 2, resource_name: "t", resource_pattern_type: 3, principal: "User:nobody", host: "*",
              operation: 3, permission_type: 3 }
      CREDENTIAL = { user: "u", mechanism: "SCRAM-SHA-256", password: "p" }
      CHANGE = { resource_type: 2, resource_name: TOPIC, configs: [{ name: "retention.ms", value: "1", op_type: 0 }] }

      def write(client)
        client.init_transactions
        client.begin_transaction
        client.produce(topic: TOPIC, payload: "1")
      end

      def transact
        client = producer("transactional.id": TOPIC)
        yield client
      ensure
        client.close
      end

      def send_offsets(client)
        member = consumer_of(TOPIC)
        client.send_offsets_to_transaction(member, LIST, 5_000)
      ensure
        member.close
      end

      def there
        GC.start
        tables = [Rdkafka::Config.opaques.size, Rdkafka::AbstractHandle::REGISTRY.size]
        kinds = [CLASS, KarafkaNative::Internal::Callbacks, Rdkafka::Opaque, Rdkafka::AbstractHandle]
        { descriptors: Dir.children("/proc/self/fd").size, threads: Dir.children("/proc/self/task").size, tables: tables.sum,
          objects: kinds.sum { |kind| ObjectSpace.each_object(kind).count } }
      end

      def once(method, call)
        client = MAKE.call
        call ? call.call(client) : client.public_send(method)
      rescue Rdkafka::BaseError, RuntimeError
        # The mock cluster cannot do it, or not in this state: it may leave nothing behind either.
      ensure
        client.close
      end

      # Calls in threads of their own leave no stack that seems to name the clients.
      def many(times, method, call)
        Thread.new { times.times { once(method, call) } }.join
      end

      def memory = File.read("/proc/self/statm").split[1].to_i * 4
    RUBY
  end

  # What is lost with each client would be 20. A stack may seem to name a client, and Ruby and the driver's reactor make
  # some things once.
  let(:tolerated) { { descriptors: 4, threads: 1, tables: 3, objects: 8 } }

  # What keeps a client of that kind from being made, at each step: checks, options, librdkafka, and the start.
  let(:failures) do
    <<~RUBY
      make = ->(kind, with = {}, **options) { config("group.id": TOPIC, **options).public_send(kind, **with) }
      key = { "security.protocol": "ssl", "ssl.key.location": "/no/such/key" }
      refreshing = { "security.protocol": "sasl_plaintext", "sasl.mechanisms": "OAUTHBEARER" }
      failures = {
        option: ->(kind) { make.call(kind, "no.such.option": 1) },
        value: ->(kind) { make.call(kind, "socket.timeout.ms": "soon") },
        security: ->(kind) { make.call(kind, **key) },
        timeout: ->(kind) { make.call(kind, { native_kafka_poll_timeout_ms: "soon" }) if kind.match?(/producer|admin/) },
        listener: lambda do |kind|
          config.tap { |made| made.consumer_rebalance_listener = 1 }.share_consumer if kind == :share_consumer
        end,
        start: lambda do |kind|
          Rdkafka::Config.oauthbearer_token_refresh_callback = ->(*) { raise IOError, "no token" }
          kind == :share_consumer ? raise(IOError) : make.call(kind, **refreshing)
        ensure
          Rdkafka::Config.oauthbearer_token_refresh_callback = nil
        end
      }
    RUBY
  end

  makers = {
    consumer: ["Rdkafka::Consumer", "consumer(poll_set: false)"], producer: ["Rdkafka::Producer", "producer"],
    # librdkafka survives some requests to mock brokers only if they are of the same process.
    admin: ["Rdkafka::Admin", 'admin("bootstrap.servers": OWN.bootstrap_servers)'],
    share_consumer: ["Rdkafka::ShareConsumer", 'config("group.id": TOPIC).share_consumer']
  }
  makers.each do |kind, (name, make)|
    it "of a #{kind.to_s.tr("_", " ")} leaves nothing behind", *(kind == :share_consumer ? [:share_groups] : []) do
      outcome = run_child(<<~RUBY, seconds: 240, topic: new_topic)
        OWN = KarafkaNative::MockCluster.new
        OWN.create_topic(TOPIC)
        CLASS = #{name}
        MAKE = -> { #{make} }
        #{setup}
        CALLS = { #{everywhere} #{calls.fetch(kind)} }
        methods = (CLASS.public_instance_methods - Object.public_instance_methods - Enumerable.public_instance_methods)
        methods |= CLASS.public_instance_methods(false)
        methods.reject! { |method| CALLS.key?(method) && CALLS[method].nil? }
        methods -= %i[inspect pretty_print]
        missing = methods.reject do |method|
          CALLS.key?(method) || CLASS.instance_method(method).parameters.none? { |kind, _| %i[req keyreq].include?(kind) }
        end
        abort "no arguments for \#{missing}" unless missing.empty?

        methods.each { |method| many(2, method, CALLS[method]) }
        at_first = memory
        methods.each do |method|
          before = there
          many(20, method, CALLS[method])
          grown = nil
          deadline = now + 10
          loop do
            grown = there.select { |what, count| count > before[what] + #{tolerated.inspect}[what] }
            break if grown.empty? || now > deadline
            sleep(0.02)
          end
          puts [method, grown.keys.map { |what| [what, there[what] - before[what]] }].inspect unless grown.empty?
        end
        warn "\#{methods.size} methods, \#{memory - at_first} KB"
        puts "memory" if memory - at_first > 20_000
        exit!(0)
      RUBY

      expect(outcome).to print_lines
    end

    it "leaves nothing behind when no #{kind.to_s.tr("_", " ")} can be made",
      *(kind == :share_consumer ? [:share_groups] : []) do
      outcome = run_child(<<~RUBY, seconds: 120, topic: new_topic)
        OWN = KarafkaNative::MockCluster.new
        CLASS = #{name}
        MAKE = -> { #{make} }
        #{setup}
        #{failures}
        # In threads of their own, which leave no stack that seems to name the clients.
        many = lambda do |times, failure|
          Thread.new do
            Array.new(times) do
              failure.call(:#{kind})&.then { abort "made a client" }
            rescue Rdkafka::Config::ConfigError, Rdkafka::Config::ClientCreationError, ArgumentError, IOError => e
              e.class
            end
          end.value
        end
        failures.each do |step, failure|
          many.call(2, failure)
          before = there
          many.call(20, failure)
          deadline = now + 10
          grown = nil
          loop do
            grown = there.select { |what, count| count > before[what] + #{tolerated.inspect}[what] }
            break if grown.empty? || now > deadline
            sleep(0.02)
          end
          puts [step, grown].inspect unless grown.empty?
        end
        exit!(0)
      RUBY

      expect(outcome).to print_lines
    end
  end
end
