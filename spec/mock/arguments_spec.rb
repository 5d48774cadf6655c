# frozen_string_literal: true

require "rdkafka/producer/testing"

# Every public method with parameters is called with Ruby's own classes, then with what stands for them: classes of
# Rails, what has no more than `to_str` and its like, and subclasses. The outcome has to be the same. Then one argument
# after the other is something else, which has to be refused by an error that names it.
#
# A public method that stands in none of the tables fails an example.
RSpec.describe "Arguments", :untyped, gem: "activesupport" do
  before { require "active_support/all" }

  let(:topic) { new_topic }
  let(:moment) { Time.at(1_505_069_646, 353_000, :microsecond) }
  let(:list) { partition_list(topic => { 0 => 1 }) }
  let(:pipe) { IO.pipe.each { |io| closing(io) } }

  let(:reader) do
    made = config("group.id": unique_name("group"))
    made.consumer_poll_set = false
    closing(made.consumer)
  end
  let(:writer) { producer }
  let(:silent) { closing(config("bootstrap.servers": "127.0.0.1:1").producer(run_polling_thread: false)) }
  let(:transactional) { producer("transactional.id": topic) }
  let(:manager) { admin }
  let(:member) { share_consumer }

  place = Data.define(:topic, :partition, :offset)
  places = lambda do |v, topic, offset = v.number(1)|
    partition = Rdkafka::Consumer::Partition.new(v.number(0), offset, 0, v.any(:text, "metadata"))
    Rdkafka::Consumer::TopicPartitionList.new(v.options({ v.text(topic) => v.list([partition]) }))
  end
  wanted = lambda do |v, topic, offset|
    v.options({ v.text(topic) => v.list([v.options({ partition: v.number(0), offset: offset })]) })
  end
  rule = lambda do |v|
    { resource_type: v.number(2), resource_name: v.text("t"), resource_pattern_type: v.number(3),
      principal: v.text("User:x"), host: v.text("*"), operation: v.number(3), permission_type: v.number(3) }
  end
  change = lambda do |v|
    option = v.options({ name: v.text("retention.ms"), op_type: v.number(0), value: v.text("1") })
    v.list([v.options({ resource_type: v.number(2), resource_name: v.text("t"), configs: v.list([option]) })])
  end
  signals = ->(v, pipe) { [v.number(pipe.last.fileno), v.text("x")] }

  consumers = {
    "subscribe" => ->(v) { [reader.subscribe(v.text(topic), v.text("other")), reader.subscription] },
    "pause" => ->(v) { [reader.assign(list), reader.pause(places[v, topic])] },
    "resume" => ->(v) { [reader.assign(list), reader.resume(places[v, topic])] },
    "assign" => ->(v) { [reader.assign(places[v, topic]), reader.assignment] },
    "committed" => ->(v) { reader.committed(places[v, topic], v.number(20_000)) },
    "position" => ->(v) { [reader.assign(list), reader.position(places[v, topic])] },
    "lag" => ->(v) { reader.lag(places[v, topic], v.number(20_000)) },
    "offsets_for_times" => ->(v) { reader.offsets_for_times(places[v, topic, v.time(moment)], v.number(20_000)) },
    "commit" => ->(v) { reader.commit(places[v, topic], true) },
    "query_watermark_offsets" => lambda do |v|
      reader.query_watermark_offsets(v.text(topic), v.number(0), v.number(20_000))
    end,
    "cluster_id" => ->(v) { reader.cluster_id(v.number(20_000)) },
    "store_offset" => ->(v) { reader.store_offset(place[v.text(topic), v.number(0), v.number(1)], v.text("m")) },
    # Of an assigned partition, which the consumer knows at once.
    "seek" => ->(v) { [reader.assign(list), reader.seek(place[v.text(topic), v.number(0), v.number(1)])] },
    "seek_by" => ->(v) { [reader.assign(list), reader.seek_by(v.text(topic), v.number(0), v.number(1))] },
    "poll" => ->(v) { reader.poll(v.number(0)) },
    "poll_nb" => ->(v) { reader.poll_nb(v.number(0)) },
    "poll_batch" => ->(v) { reader.poll_batch(v.number(0), max_items: v.number(5)) },
    "poll_batch_nb" => ->(v) { reader.poll_batch_nb(v.number(0), max_items: v.number(5)) },
    "each" => lambda do |v|
      publish(topic, "1")
      messages = assigned_consumer(topic).enum_for(:each, timeout_ms: v.number(20_000))
      messages.first.payload
    end,
    "events_poll" => ->(v) { reader.events_poll(v.number(0)) },
    "events_poll_nb" => ->(v) { reader.events_poll_nb(v.number(0)) },
    "enable_queue_io_events" => ->(v) { reader.enable_queue_io_events(*signals[v, pipe]) },
    "enable_background_queue_io_events" => ->(v) { reader.enable_background_queue_io_events(*signals[v, pipe]) },
    "close_at_exit" => ->(v) { reader.close_at_exit(v.number(20_000)) },
    "each_batch" => :gone, "initialize" => :driver, ".finalizer" => :driver
  }
  producers = {
    "produce" => lambda do |v|
      writer.produce(
        topic: v.text(topic), payload: v.text("p"), key: v.text("k"), partition: v.number(0), timestamp: v.time(moment),
        headers: v.options({ v.any(:text, "h") => v.any(:list, [v.any(:text, "1"), v.any(:text, "2")]) }),
        topic_config: v.options({ v.any(:text, "acks") => v.any(:text, "1") })
      ).wait
      messages_of(topic).map { |message| [message.payload, message.key, message.timestamp, message.headers] }
    end,
    "produce with a partition key" => lambda do |v|
      key = { partition_key: v.text("k"), partitioner: v.any(:text, "murmur2") }
      writer.produce(topic: v.text(topic), payload: v.text("p"), **key, topic_config: v.options({})).wait.partition
    end,
    "partitioner=" => lambda do |v|
      writer.partitioner = v.any(:text, "murmur2")
      writer.produce(topic: topic, partition_key: "k").wait.partition
    end,
    ".wait_all" => lambda do |v|
      Rdkafka::Producer.wait_all(v.list([silent.produce(topic: "t")]), max_wait_timeout_ms: v.number(1)).pending.size
    end,
    "flush" => ->(v) { writer.flush(v.number(20_000)) },
    "set_topic_config" => lambda { |v|
      writer.set_topic_config(v.text(topic), v.options({ "acks" => v.any(:text, "1") }), 7)
    },
    "partition_count" => ->(v) { writer.partition_count(v.text(topic)) },
    "commit_transaction" => ->(v) { transactional.commit_transaction(v.number(100)) },
    "abort_transaction" => ->(v) { transactional.abort_transaction(v.number(100)) },
    "send_offsets_to_transaction" => lambda do |v|
      transactional.send_offsets_to_transaction(reader, places[v, topic], v.number(100))
    end,
    "close_at_exit" => ->(v) { writer.close_at_exit(v.number(20_000)) },
    "initialize" => :driver, ".partitions_count_cache=" => :kept, "delivery_callback=" => :callback,
    "arity" => :callback, "call_delivery_callback" => :callback
  }
  admins = {
    "create_topic" => lambda do |v|
      options = v.options({ v.any(:text, "retention.ms") => v.any(:text, "1") })
      manager.create_topic(v.text("t"), v.number(1), v.number(1), options)
    end,
    "create_topic on some brokers" => lambda do |v|
      brokers = { replica_assignment: v.list([v.list([v.number(1)])]) }
      manager.create_topic(v.text("t"), v.number(1), v.number(-1), **brokers, operation_timeout_ms: v.number(100))
    end,
    "delete_topic" => ->(v) { manager.delete_topic(v.text("t")) },
    "create_partitions" => ->(v) { manager.create_partitions(v.text("t"), v.number(2)) },
    "describe_topics" => ->(v) { manager.describe_topics(v.list([v.text("t")])) },
    "describe_cluster" => ->(v) { manager.describe_cluster(request_timeout_ms: v.number(100), broker_id: v.number(1)) },
    "delete_records" => ->(v) { manager.delete_records(wanted[v, topic, v.number(1)]) },
    "describe_consumer_groups" => ->(v) { manager.describe_consumer_groups(v.list([v.text("g")])) },
    "list_consumer_groups" => lambda do |v|
      manager.list_consumer_groups(states: v.list([:empty]), types: v.list([:classic]), broker_id: v.number(1))
    end,
    "list_consumer_group_offsets" => lambda do |v|
      manager.list_consumer_group_offsets(v.any(:text, "g"), places[v, topic], request_timeout_ms: v.number(20_000))
    end,
    "list_consumer_group_offsets of several groups" => lambda do |v|
      manager.list_consumer_group_offsets(v.any(:list, [v.text("g")]))
    end,
    "elect_leaders" => ->(v) { manager.elect_leaders(:preferred, places[v, topic], broker_id: v.number(1)) },
    "describe_user_scram_credentials" => ->(v) { manager.describe_user_scram_credentials(v.list([v.text("u")])) },
    "alter_user_scram_credentials" => lambda do |v|
      credential = { user: v.text("u"), mechanism: v.text("SCRAM-SHA-256") }
      upsert = v.options({ **credential, password: v.text("p"), iterations: v.number(5_000), salt: v.text("s") })
      manager.alter_user_scram_credentials(upsert: v.list([upsert]), delete: v.list([v.options(credential)]))
    end,
    "delete_group" => ->(v) { manager.delete_group(v.text("g")) },
    "alter_consumer_group_offsets" => ->(v) { manager.alter_consumer_group_offsets(v.text("g"), places[v, topic]) },
    "delete_consumer_group_offsets" => ->(v) { manager.delete_consumer_group_offsets(v.text("g"), places[v, topic]) },
    "create_acl" => ->(v) { manager.create_acl(**rule[v]) },
    "describe_acl" => ->(v) { manager.describe_acl(**rule[v]) },
    "delete_acl" => ->(v) { manager.delete_acl(**rule[v]) },
    "describe_configs" => lambda do |v|
      manager.describe_configs(v.list([v.options({ resource_type: v.number(2), resource_name: v.text("t") })]))
    end,
    "alter_configs" => lambda do |v|
      configs = v.options({ v.any(:text, "retention.ms") => v.any(:text, "1") })
      resource = { resource_type: v.number(2), resource_name: v.text("t"), configs: configs }
      manager.alter_configs(v.list([v.options(resource)]))
    end,
    "incremental_alter_configs" => ->(v) { manager.incremental_alter_configs(change[v]) },
    "close_at_exit" => ->(v) { manager.close_at_exit(v.number(20_000)) }, "initialize" => :driver
  }
  members = {
    "subscribe" => ->(v) { [member.subscribe(v.text(topic), v.text("other")), member.subscription] },
    "poll" => ->(v) { member.subscribe(topic) || member.poll(v.number(0)) },
    "events_poll" => ->(v) { member.events_poll(v.number(0)).class },
    "events_poll_nb" => ->(v) { member.events_poll_nb(v.number(0)).class },
    "acknowledge" => ->(v) { member.acknowledge(place[v.text(topic), v.number(0), v.number(1)]) },
    "commit_sync" => ->(v) { member.commit_sync(v.number(0)) },
    "oauthbearer_set_token_failure" => ->(v) { member.oauthbearer_set_token_failure(v.text("reason")) },
    "close_at_exit" => ->(v) { member.close_at_exit(v.number(20_000)) },
    "acknowledgement_commit_callback=" => :callback, "name=" => :kept, "initialize" => :driver, ".finalizer" => :driver,
    ".build_acknowledgement_commit_function" => :gone, ".partition_offsets_from_native" => :gone
  }
  configs = {
    "initialize" => lambda do |v|
      option = v.options({ v.any(:text, "client.id") => v.any(:text, "me") })
      Rdkafka::Config.new(option).describe_properties[:"client.id"]
    end,
    "[]=" => lambda do |v|
      made = Rdkafka::Config.new
      made[v.any(:text, "client.id")] = v.any(:text, "me")
      made.describe_properties[:"client.id"]
    end,
    "[]" => :key,
    "producer" => ->(v) { config.producer(native_kafka_poll_timeout_ms: v.number(10)).close },
    "admin" => ->(v) { config.admin(native_kafka_poll_timeout_ms: v.number(10)).close },
    "consumer" => :flag, "consumer_poll_set=" => :flag, "consumer_rebalance_listener=" => :callback,
    "statistics_callback=" => :callback, "error_callback=" => :callback, "logger=" => :callback,
    "oauthbearer_token_refresh_callback=" => :callback, ".callable" => :driver,
    ".statistics_callback=" => :callback, ".error_callback=" => :callback, ".logger=" => :callback,
    ".oauthbearer_token_refresh_callback=" => :callback, ".partitioner_key_uses_bytesize=" => :flag
  }
  lists = {
    "initialize" => lambda do |v|
      partition = Rdkafka::Consumer::Partition.new(v.number(0), v.number(1), 0, v.text("metadata"))
      made = Rdkafka::Consumer::TopicPartitionList.new(v.options({ v.text("t") => v.list([partition]) }))
      KarafkaNative::Native.list_round_trip(made)
    end,
    "add_topic" => ->(v) { partition_list({}).add_topic(v.any(:text, "t"), v.list([0, 1])) },
    "add_topic of so many partitions" => lambda do |v|
      partition_list({}).tap { |made| made.add_topic(v.any(:text, "t"), v.any(:number, 2)) }
    end,
    "add_topic_and_partitions_with_offsets" => lambda do |v|
      partition_list({}).add_topic_and_partitions_with_offsets(v.any(:text, "t"), v.options({ 0 => 5 }))
    end,
    "add_topic_and_partitions_with_offsets in pairs" => lambda do |v|
      partition_list({}).add_topic_and_partitions_with_offsets(v.any(:text, "t"), v.list([[0, 5]]))
    end,
    "==" => :kept, ".forgetting" => :pointer, ".from_native_tpl" => :pointer
  }
  clusters = {
    ".new" => lambda { |v|
      KarafkaNative::MockCluster.new(brokers: v.number(1), rebalance_delay_ms: v.number(0), &:closed?)
    },
    "create_topic" => lambda do |v|
      name = v.text(unique_name("topic"))
      KafkaClients.cluster.create_topic(name, partitions: v.number(2), replication_factor: v.number(1))
    end,
    "set_leader" => ->(v) { KafkaClients.cluster.set_leader(v.text(topic), v.number(0), v.number(1)) },
    "set_coordinator" => ->(v) { KafkaClients.cluster.set_coordinator(v.text("arguments"), v.number(1)) },
    "broker_down" => ->(v) { KarafkaNative::MockCluster.new { |own| own.broker_down(v.number(1)) } },
    "broker_up" => ->(v) { KafkaClients.cluster.broker_up(v.number(1)) },
    "advertise" => lambda do |v|
      KarafkaNative::MockCluster.new { |own| own.advertise(v.number(1), v.text("localhost"), v.number(9)) }
    end,
    "set_round_trip_time" => ->(v) { KafkaClients.cluster.set_round_trip_time(v.number(0), v.number(1)) },
    "push_errors" => lambda do |v|
      KarafkaNative::MockCluster.new { |own| own.push_errors(v.any(:text, "Produce"), v.number(1)) }
    end,
    "clear_errors" => ->(v) { KafkaClients.cluster.clear_errors(v.any(:text, "Produce")) },
    "start_share_groups_at" => :name, "initialize" => :same
  }
  caches = {
    "initialize" => ->(v) { described_cache.new(ttl_ms: v.number(5)).to_h },
    "initialize in seconds" => ->(v) { silence_warnings { described_cache.new(v.number(5)).to_h } },
    "get" => ->(v) { described_cache.new.get("t") { v.number(5) } },
    "set" => ->(v) { described_cache.new.tap { |cache| cache.set("t", v.number(5)) }.get("t") }
  }
  tables = {
    Rdkafka::Consumer => consumers, Rdkafka::Producer => producers, Rdkafka::Admin => admins,
    Rdkafka::ShareConsumer => members, Rdkafka::Config => configs, Rdkafka::Consumer::TopicPartitionList => lists,
    KarafkaNative::MockCluster => clusters, Rdkafka::Producer::PartitionsCountCache => caches,
    KarafkaNative => { ".exit_timeout_ms=" => lambda { |v|
      (KarafkaNative.exit_timeout_ms = v.number(30_000)) && KarafkaNative.exit_timeout_ms
    } },
    Rdkafka::Helpers::EventLoop => {
      "enable_queue_io_events" => ->(v) { silent.enable_queue_io_events(*signals[v, pipe]) },
      "enable_background_queue_io_events" => ->(v) { silent.enable_background_queue_io_events(*signals[v, pipe]) }
    },
    Rdkafka::Helpers::Metadata => { "metadata" => ->(v) { manager.metadata(v.text(topic), v.number(20_000)).topics } },
    Rdkafka::Helpers::ListOffsets => {
      "list_offsets" => lambda do |v|
        manager.list_offsets(wanted[v, topic, v.number(1)], isolation_level: v.number(0)).wait.offsets
      end,
      "list_offsets at a time" => ->(v) { manager.list_offsets(wanted[v, topic, v.time(moment)]).wait.offsets }
    },
    Rdkafka::Helpers::OAuth => {
      "oauthbearer_set_token" => lambda do |v|
        extensions = v.options({ v.any(:text, "a") => v.any(:text, "b") })
        writer.oauthbearer_set_token(token: v.text("t"), lifetime_ms: v.number(1), principal_name: v.text("p"),
          extensions:)
      end,
      "oauthbearer_set_token_failure" => ->(v) { writer.oauthbearer_set_token_failure(v.text("reason")) }
    },
    Rdkafka::Testing => {
      "trigger_test_fatal_error" => lambda do |v|
        producer.extend(Rdkafka::Testing).trigger_test_fatal_error(v.number(47), v.text("reason"))
      end
    },
    Rdkafka::Helpers::SASL => {
      "set_sasl_credentials" => ->(v) { writer.set_sasl_credentials(username: v.text("u"), password: v.text("p")) }
    },
    Rdkafka::AbstractHandle => {
      "wait" => ->(v) { silent.produce(topic: "t").wait(max_wait_timeout_ms: v.number(1)) },
      "wait in seconds" => lambda do |v|
        silence_warnings { silent.produce(topic: "t").wait(max_wait_timeout: v.number(0)) }
      end,
      "result=" => :kept, "broker_message=" => :kept, ".register" => :kept, ".remove" => :key
    },
    Rdkafka::RdkafkaError => {
      "initialize" => ->(v) { Rdkafka::RdkafkaError.new(v.number(1)) }, "==" => :kept, ".build" => :pointer,
      ".build_from_c" => :pointer, ".build_fatal" => :pointer, ".validate!" => :pointer
    }
  }

  # They keep what they are given, or are for other gems, which call them with pointers.
  others = [
    Rdkafka::Bindings, Rdkafka::Clients, Rdkafka::Opaque, Rdkafka::Metadata, Rdkafka::Consumer::Headers,
    Rdkafka::Consumer::Message, Rdkafka::ShareConsumer::Message, Rdkafka::Consumer::Partition,
    Rdkafka::Producer::DeliveryReport, Rdkafka::Producer::DeliveryHandle, Rdkafka::Producer::Deliveries,
    Rdkafka::Admin::Handle,
    Rdkafka::Admin::ListConsumerGroupsHandle, Rdkafka::Admin::ListConsumerGroupOffsetsHandle
  ]
  def described_cache = Rdkafka::Producer::PartitionsCountCache

  # In a form in which outcomes can be compared.
  def outcome(values, call)
    told(instance_exec(values, &call))
  rescue Rdkafka::BaseError => e
    [e.class, e.code]
  rescue StandardError => e
    [e.class, e.message.sub(/after .* ms/, "")]
  end

  def told(value)
    case value
    when Array then value.map { |item| told(item) }
    when Rdkafka::Consumer::TopicPartitionList then value.to_s
    when Rdkafka::AbstractHandle then value.class
    else value
    end
  end

  tables.each do |mod, table|
    table.each do |method, call|
      next if call.is_a?(Symbol)

      needs = mod == Rdkafka::ShareConsumer ? { share_groups: true } : {}

      it "of #{mod}##{method} are taken for what Ruby takes them for", **needs do
        plain = outcome(GivenValues.new(:plain), call)

        (GivenValues::GUISES.keys - [:plain]).each do |guise|
          expect([guise, outcome(GivenValues.new(guise), call)]).to eq([guise, plain])
        end
      end

      it "of #{mod}##{method} are refused by name when they are something else", **needs do
        values = GivenValues.new(:plain).tap { |all| outcome(all, call) }

        values.kinds.each_with_index do |kind, index|
          GivenValues::STRANGERS.fetch(kind).each do |stranger|
            refused = outcome(GivenValues.new(:plain, { index => stranger }), call)
            expect([kind, index, stranger,
                    refused]).to match([kind, index, stranger, [Class, /\b(has|have|must|Unknown)\b/]])
            expect([TypeError, NoMethodError, ArgumentError]).to include(refused.first)
          end
        end
      end
    end
  end

  # Names of the methods that take something.
  taking = lambda do |mod|
    own = mod.public_instance_methods(false) + mod.private_instance_methods(false).grep(:initialize)
    names = own.reject { |name| mod.instance_method(name).arity.zero? }
    names + mod.singleton_methods(false).reject { |name| mod.method(name).arity.zero? }.map { |name| ".#{name}" }
  end
  results = /(Report|Result|Error)\z/
  mods = ApiSurface.modules_below(Rdkafka) + [KarafkaNative, KarafkaNative::MockCluster]
  mods.reject! { |mod| others.include?(mod) || (results.match?(mod.name) && !tables.key?(mod)) }
  unknown = mods.to_h { |mod| [mod, taking[mod].map(&:to_s) - tables.fetch(mod, {}).keys.map { |name| name[/\S+/] }] }

  unknown.each do |mod, methods|
    it "are known of all methods of #{mod}" do
      expect(methods).to eq([])
    end
  end
end
