# frozen_string_literal: true

require_relative "admin_operations"
require_relative "public_calls/kind"

# What every public method of the API is called with. Specs that are about all of them share this table, and call the
# methods in processes of their own (child_process.rb), in which TOPIC is a topic with messages:
#
#   require "support/public_calls"
#   PublicCalls.prepare
#   PublicCalls.kinds[:consumer].then { |kind| kind.methods.each { |method| kind.call(kind.make, method) } }
#
# A public method that is missing here fails spec/unit/public_calls_spec.rb.
module PublicCalls
  KEY_SIZES = %i[partition_key_length partition_key_size partition_key_bytesize].freeze
  PARTITIONERS = %i[random consistent consistent_random murmur2 murmur2_random fnv1a fnv1a_random].freeze
  SETTINGS = %i[logger statistics_callback error_callback oauthbearer_token_refresh_callback
                partitioner_key_uses_bytesize].freeze
  private_constant :KEY_SIZES, :PARTITIONERS, :SETTINGS

  # Functions, by the names of their modules.
  FUNCTIONS = {
    "Rdkafka::Producer.wait_all" => lambda { |_|
      Rdkafka::Producer.wait_all(Array.new(3) { writer.produce(topic: TOPIC) }, max_wait_timeout_ms: 5_000)
    },
    "Rdkafka::Producer.partitions_count_cache" => ->(_) { Rdkafka::Producer.partitions_count_cache },
    "Rdkafka::Producer.partitions_count_cache=" => ->(_) { Rdkafka::Producer.partitions_count_cache = cache },
    "Rdkafka::Admin.describe_errors" => ->(_) { Rdkafka::Admin.describe_errors },
    "Rdkafka::Bindings.partitioner" => ->(_) { Rdkafka::Bindings.partitioner(nil, "key", 3, "murmur2") },
    "Rdkafka::Bindings.rd_kafka_err2str" => ->(_) { Rdkafka::Bindings.rd_kafka_err2str(7) },
    "Rdkafka::Bindings.rd_kafka_err2name" => ->(_) { Rdkafka::Bindings.rd_kafka_err2name(7) },
    "KarafkaNative.exit_timeout_ms" => ->(_) { KarafkaNative.exit_timeout_ms },
    "KarafkaNative.exit_timeout_ms=" => ->(_) { KarafkaNative.exit_timeout_ms = 30_000 },
    **KEY_SIZES.to_h { |name| ["Rdkafka::Bindings.#{name}", ->(_) { Rdkafka::Bindings.public_send(name, "k") }] },
    **SETTINGS.to_h { |name| ["Rdkafka::Config.#{name}", ->(_) { Rdkafka::Config.public_send(name) }] },
    **SETTINGS.to_h { |name| ["Rdkafka::Config.#{name}=", ->(_) { reassign(Rdkafka::Config, name) }] },
    **PARTITIONERS.to_h { |name| ["KarafkaNative::Partitioner.#{name}", ->(_) { partition(name) }] }
  }.freeze

  class << self
    # @return [Hash{Symbol => Kind}]
    def kinds
      clients.merge(
        delivery: Kind.new("Rdkafka::Producer::DeliveryHandle", handles) { writer.produce(topic: TOPIC, payload: "1") },
        operation: Kind.new("Rdkafka::Admin::ListOffsetsHandle", handles) { reader.list_offsets(latest) },
        config: Kind.new("Rdkafka::Config", configs) { config("group.id": TOPIC) },
        list: Kind.new("Rdkafka::Consumer::TopicPartitionList", lists) { Rdkafka::Consumer::TopicPartitionList.new },
        cluster: Kind.new("KarafkaNative::MockCluster", clusters) { KarafkaNative::MockCluster.new },
        cache: Kind.new("Rdkafka::Producer::PartitionsCountCache", caches) { cache },
        functions: Kind.new(nil, FUNCTIONS) { nil }
      )
    end

    # @param kind [Symbol]
    # @return [Hash{Symbol => Object}] tags of examples about it
    def needs(kind)
      case kind
      when :share_consumer then { share_groups: true }
      # Earlier releases abort when partitions are assigned again before the fetchers of the same ones have stopped.
      when :consumer then { librdkafka: "2.16" }
      else {}
      end
    end

    # Makes what several calls use, so that it is not taken for a leak.
    #
    # @return [void]
    def prepare
      [list, message, own.bootstrap_servers, writer, reader, signal]
    end

    private

    def clients
      {
        consumer: Kind.new("Rdkafka::Consumer", common.merge(consumers)) do
          # With a commit under way, closing takes long after partitions were assigned both by hand and by a group.
          consumer(poll_set: false, "enable.auto.commit": false)
        end,
        producer: Kind.new("Rdkafka::Producer", common.merge(producers)) { producer },
        # librdkafka survives some requests to mock brokers only if they are of the same process.
        admin: Kind.new("Rdkafka::Admin", common.merge(admins)) { admin("bootstrap.servers": own.bootstrap_servers) },
        share_consumer: Kind.new("Rdkafka::ShareConsumer", common.merge(share_consumers)) do
          config("group.id": TOPIC).share_consumer
        end
      }
    end

    def common
      {
        list_offsets: ->(c) { c.list_offsets(latest).wait }, offset_specification: nil,
        metadata: ->(c) { c.metadata(TOPIC) }, close_at_exit: ->(c) { c.close_at_exit(1_000) },
        oauthbearer_set_token: ->(c) { c.oauthbearer_set_token(token: "t", lifetime_ms: 1, principal_name: "p") },
        oauthbearer_set_token_failure: ->(c) { c.oauthbearer_set_token_failure("reason") },
        set_sasl_credentials: ->(c) { c.set_sasl_credentials(username: "u", password: "p") },
        enable_queue_io_events: ->(c) { c.enable_queue_io_events(signal.fileno) },
        enable_background_queue_io_events: ->(c) { c.enable_background_queue_io_events(signal.fileno) },
        events_poll: ->(c) { c.events_poll(10) }, events_poll_nb_each: ->(c) { c.events_poll_nb_each { :stop } },
        poll: ->(c) { c.poll(10) }, subscribe: ->(c) { c.subscribe(TOPIC) }
      }
    end

    def consumers
      {
        pause: ->(c) { c.pause(list) }, resume: ->(c) { c.resume(list) }, assign: ->(c) { c.assign(list) },
        lag: ->(c) { c.lag(list) }, committed: ->(c) { c.committed(list) }, commit: ->(c) { c.commit(list) },
        query_watermark_offsets: ->(c) { c.query_watermark_offsets(TOPIC, 0) },
        store_offset: ->(c) { c.store_offset(message) }, seek: ->(c) { c.seek(message) },
        seek_by: ->(c) { c.seek_by(TOPIC, 0, 0) },
        offsets_for_times: ->(c) { c.offsets_for_times(AdminOperations.list(TOPIC, { 0 => Time.at(0) })) },
        poll: ->(c) { c.assign(list) && c.poll(10) }, poll_batch: ->(c) { c.poll_batch(10) },
        poll_nb_each: ->(c) { c.poll_nb_each { :stop } }, each: ->(c) { c.assign(list) && c.enum_for(:each).first },
        each_batch: nil # only says that it is gone
      }
    end

    def producers
      {
        "delivery_callback=": ->(c) { (c.delivery_callback = ->(_) {}) && c.produce(topic: TOPIC).wait },
        "partitioner=": ->(c) { (c.partitioner = ->(*) { 0 }) && c.produce(topic: TOPIC).wait },
        arity: ->(c) { c.arity(->(_) {}) }, call_delivery_callback: ->(c) { c.call_delivery_callback(nil, nil) },
        set_topic_config: ->(c) { c.set_topic_config(TOPIC, { acks: 1 }, 7) },
        produce: lambda { |c|
          c.produce(topic: TOPIC, payload: "1", headers: { "a" => "b" }, topic_config: { acks: 1 }).wait
        },
        partition_count: ->(c) { c.partition_count(TOPIC) },
        init_transactions: ->(_) { transact(&:init_transactions) },
        begin_transaction: ->(_) { transact { |c| c.init_transactions && c.begin_transaction } },
        commit_transaction: ->(_) { transact { |c| write(c) && c.commit_transaction } },
        abort_transaction: ->(_) { transact { |c| write(c) && c.abort_transaction } },
        send_offsets_to_transaction: lambda { |_|
          transact { |c| write(c) && c.send_offsets_to_transaction(reader, list, 5_000) }
        }
      }
    end

    # Mock brokers answer some of the requests. The others are pending when the client is closed.
    def admins
      answered = %i[list_offsets list_consumer_group_offsets alter_consumer_group_offsets]
      AdminOperations.all.to_h do |name, operation|
        [name, answered.include?(name) ? ->(c) { operation.call(c).wait } : operation]
      end
    end

    def share_consumers
      {
        "name=": ->(c) { c.name = "n" }, acknowledge: ->(c) { c.acknowledge(message) },
        each: ->(c) { quietly { c.each(&:topic) }.tap { c.close }.join },
        commit_sync: ->(c) { c.commit_sync(1_000) },
        "acknowledgement_commit_callback=": ->(c) { c.acknowledgement_commit_callback = ->(*) {} }
      }
    end

    def handles
      {
        "[]": ->(h) { h[:response] }, "[]=": ->(h) { h[:response] = 0 }, "topic=": ->(h) { h.topic = "t" },
        "label=": ->(h) { h.label = "l" }, "broker_message=": ->(h) { h.broker_message = "m" },
        "result=": ->(h) { h.wait && h.result = nil }, create_result: ->(h) { h.wait && h.create_result },
        wait: ->(h) { h.wait(max_wait_timeout_ms: 5_000) }
      }
    end

    def configs
      made = %i[producer consumer admin share_consumer].to_h { |kind| [kind, ->(c) { c.public_send(kind).close }] }
      kept = %i[statistics_callback= error_callback= oauthbearer_token_refresh_callback= logger=
                consumer_rebalance_listener=].to_h { |setter| [setter, ->(c) { c.public_send(setter, nil) }] }
      {
        **made, **kept,
        "[]": ->(c) { c[:"group.id"] }, "[]=": ->(c) { c[:"client.id"] = "me" },
        "consumer_poll_set=": ->(c) { c.consumer_poll_set = false }
      }
    end

    def lists
      {
        add_topic: ->(l) { l.add_topic(TOPIC, 3) }, "==": ->(l) { l == list },
        add_topic_and_partitions_with_offsets: ->(l) { l.add_topic_and_partitions_with_offsets(TOPIC, { 0 => 1 }) },
        to_native_tpl: nil # for other gems, which free it
      }
    end

    def clusters
      {
        create_topic: ->(c) { c.create_topic("t") }, set_coordinator: ->(c) { c.set_coordinator("g", 1) },
        set_leader: ->(c) { c.set_leader("t", 0, 1) }, advertise: ->(c) { c.advertise(1, "localhost", 9_092) },
        set_round_trip_time: ->(c) { c.set_round_trip_time(0) },
        push_errors: ->(c) { c.push_errors(:Produce, 7) || c.clear_errors(:Produce) },
        clear_errors: ->(c) { c.clear_errors(:Produce) },
        start_share_groups_at: ->(c) { c.start_share_groups_at(:earliest) }
      }
    end

    def caches
      { set: ->(c) { c.set("t", 3) }, get: ->(c) { c.get("t") { 3 } } }
    end

    def reassign(owner, name) = owner.public_send("#{name}=", owner.public_send(name))
    def partition(name) = KarafkaNative::Partitioner.public_send(name, "key", 3)
    def cache = Rdkafka::Producer::PartitionsCountCache.new
    def list = @list ||= AdminOperations.list(TOPIC)
    def latest = { TOPIC => [{ partition: 0, offset: :latest }] }
    def signal = (@pipe ||= IO.pipe).last
    def writer = @writer ||= producer
    def reader = @reader ||= consumer_of(TOPIC)
    def message = @message ||= reader.poll(20_000)

    def own
      @own ||= KarafkaNative::MockCluster.new.tap do |cluster|
        [TOPIC, "topic"].each { |topic| cluster.create_topic(topic) }
      end
    end

    def quietly(&)
      Thread.new(&).tap { |thread| thread.report_on_exception = false }
    end

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
  end
end
