# frozen_string_literal: true

require "rdkafka/producer/testing"

RSpec.describe "closed clients" do
  # An argument that no method would accept: whether the client is closed is looked at first.
  def self.bad
    :bad
  end

  # Examples for methods that raise the client's own error. Arguments by method; the error names the method, or the
  # other one given.
  def self.refuses_by_name(error, kind, statement, calls, names = {})
    calls.each do |method, arguments|
      it "refuse #{kind}##{method}, whatever the arguments", statement: statement do
        block = (proc { raise "yielded" } if method.end_with?("each"))
        expect { within(10) { client.public_send(method, *arguments, &block) } }
          .to raise_error(error, "Illegal call to #{names.fetch(method, method)} on a closed #{kind}")
      end
    end
  end

  # Examples for methods that raise ClosedInnerError.
  def self.refuses(kind, calls)
    calls.each do |method, (arguments, keywords)|
      it "refuse #{kind}##{method}", statement: 13 do
        expect { within(10) { client.public_send(method, *arguments, **keywords.to_h) } }
          .to raise_error(Rdkafka::ClosedInnerError, "Illegal call to a closed inner librdkafka instance")
      end
    end
  end

  def self.tokens
    {
      oauthbearer_set_token: [[], { token: "token", lifetime_ms: 9_999_999_999_999, principal_name: "principal" }],
      oauthbearer_set_token_failure: [["reason"]]
    }
  end

  shared_examples "a client that can be closed" do
    it "is closed once and for all", :gc, statement: 8 do
      open = closing(make)

      expect(open).not_to be_closed
      expect(Array.new(3) { within(20) { open.close } }).to eq([nil, nil, nil])
      expect(open).to be_closed
    end

    it "can be closed without having been started", statement: 8 do
      idle = closing(make(native_kafka_auto_start: false))

      expect(within(20) { idle.close }).to be_nil
      expect(idle).to be_closed
    end

    it "can be closed after a late start", statement: 8 do
      idle = closing(make(native_kafka_auto_start: false))

      expect([idle.start, idle.start]).to eq([nil, nil])
      expect(within(20) { idle.close }).to be_nil
    end

    it "can be closed by several threads at once" do
      open = closing(make)
      outcomes = within(20) do
        Array.new(8) do
          Thread.new do
            open.close
          rescue Rdkafka::ClosedInnerError => e
            e
          end
        end.map(&:value)
      end

      expect(outcomes).to all(be_nil.or(be_a(Rdkafka::ClosedInnerError)))
      expect(outcomes).to include(nil)
      expect(open).to be_closed
    end

    it "keeps a name that was asked for" do
      open = closing(make)
      name = open.name
      open.close

      expect(open.name).to eq(name)
    end
  end

  describe "consumers" do
    let(:client) { consumer.tap(&:close) }

    def make(**)
      config("group.id": unique_name("group")).consumer(**)
    end

    it_behaves_like "a client that can be closed"

    refuses_by_name(
      Rdkafka::ClosedConsumerError, "consumer", 12,
      {
        subscribe: [bad], unsubscribe: [], pause: [bad], resume: [bad], subscription: [], assign: [bad],
        assignment: [], assignment_lost?: [], committed: [bad, bad], position: [bad],
        query_watermark_offsets: [bad, bad, bad], lag: [bad], list_offsets: [bad], cluster_id: [bad], member_id: [],
        store_offset: [bad], seek_by: [bad, bad, bad], offsets_for_times: [bad, bad], commit: [bad], poll: [bad],
        poll_nb: [bad], poll_batch: [bad], poll_batch_nb: [bad], poll_nb_each: [], events_poll_nb_each: [],
        metadata: [bad, bad], each: []
      },
      { each: :poll }
    )

    it "refuse Consumer#seek by the name of seek_by", statement: 12 do
      message = instance_double(Rdkafka::Consumer::Message, topic: "t", partition: 0, offset: 0)

      expect { client.seek(message) }
        .to raise_error(Rdkafka::ClosedConsumerError, "Illegal call to seek_by on a closed consumer")
    end

    it "refuse a batch before they look at its size", statement: 12 do
      %i[poll_batch poll_batch_nb].each do |method|
        expect { client.public_send(method, 0, max_items: nil) }
          .to raise_error(Rdkafka::ClosedConsumerError, "Illegal call to #{method} on a closed consumer")
      end
    end

    it "refuse lag even if there is nothing to ask", statement: 12 do
      expect { client.lag(Rdkafka::Consumer::TopicPartitionList.new) }.to raise_error(Rdkafka::ClosedConsumerError)
    end

    refuses(
      "consumer",
      {
        events_poll: [[]], events_poll_nb: [[]], start: [[]], name: [[]], enable_queue_io_events: [[1]],
        enable_background_queue_io_events: [[1]], **tokens
      }
    )

    it "have no each_batch, closed or not", statement: 15 do
      [client, consumer].each do |any|
        expect { any.each_batch(max_items: 1) { nil } }
          .to raise_error(NotImplementedError, /\A`each_batch` has been removed/)
      end
    end

    it "let operations of other threads finish", statement: 7 do
      consumer = assigned_consumer(new_topic)
      polling = blocked { consumer.poll(60_000) }
      within(20) { consumer.close }

      expect(within(5) { polling.value }).to be_nil
    end
  end

  describe "producers" do
    let(:client) { producer.tap(&:close) }

    def make(**)
      config.producer(**)
    end

    it_behaves_like "a client that can be closed"

    refuses_by_name(
      Rdkafka::ClosedProducerError, "producer", 14,
      {
        partition_count: [bad], flush: [bad], purge: [], queue_size: [], queue_length: [], events_poll_nb_each: [],
        metadata: [bad, bad]
      },
      { queue_length: :queue_size }
    )

    it "refuse Producer#produce, whatever the arguments", statement: 14 do
      expect { client.produce(topic: nil, payload: 1, partition: "x") }
        .to raise_error(Rdkafka::ClosedProducerError, "Illegal call to produce on a closed producer")
    end

    refuses("producer", { start: [[]], name: [[]], set_topic_config: [["t", {}, 0]], **tokens })

    it "refuse IO events", statement: 13 do
      client = closing(config.producer(run_polling_thread: false)).tap(&:close)

      %i[enable_queue_io_events enable_background_queue_io_events].each do |method|
        expect { client.public_send(method, 1) }.to raise_error(Rdkafka::ClosedInnerError)
      end
    end

    it "refuse the methods for tests", statement: 13 do
      client.singleton_class.include(Rdkafka::Testing)

      expect { client.trigger_test_fatal_error(47, "reason") }.to raise_error(Rdkafka::ClosedInnerError)
      expect { client.fatal_error }.to raise_error(Rdkafka::ClosedInnerError)
    end
  end

  describe "admin clients" do
    let(:client) { admin.tap(&:close) }

    def make(**)
      config.admin(**)
    end

    it_behaves_like "a client that can be closed"

    refuses_by_name(
      Rdkafka::ClosedAdminError, "admin", 14,
      {
        create_topic: [bad, bad, bad], delete_topic: [bad], list_offsets: [bad], metadata: [bad, bad],
        create_partitions: [bad, bad], describe_topics: [bad], describe_cluster: [], delete_records: [bad],
        list_consumer_groups: [], describe_consumer_groups: [bad], delete_group: [bad],
        alter_consumer_group_offsets: [bad, bad], delete_consumer_group_offsets: [bad, bad],
        describe_configs: [bad], incremental_alter_configs: [bad], events_poll_nb_each: []
      }
    )

    %i[create_acl describe_acl delete_acl].each do |method|
      it "refuse admin##{method}, whatever the arguments", statement: 14 do
        bad = { resource_type: :bad, resource_name: :bad, resource_pattern_type: :bad, principal: :bad, host: :bad,
                operation: :bad, permission_type: :bad }
        expect { client.public_send(method, **bad) }
          .to raise_error(Rdkafka::ClosedAdminError, "Illegal call to #{method} on a closed admin")
      end
    end

    refuses("admin", { start: [[]], name: [[]], **tokens })
  end
end
