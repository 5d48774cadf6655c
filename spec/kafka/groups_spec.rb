# frozen_string_literal: true

require_relative "../../tools/kafka/rspec"

# How real coordinators share partitions out, by every protocol that there is.
RSpec.describe "Consumer groups of a real cluster" do
  let(:servers) { { "bootstrap.servers": kafka.bootstrap } }
  let(:admin_client) { closing(config(**servers).admin) }
  let(:topic) { unique_name("topic") }
  let(:group) { unique_name("group") }
  let(:listener_class) do
    Class.new do
      attr_reader :events

      def initialize
        @events = []
      end

      def on_partitions_assigned(list)
        note(:assigned, list)
      end

      def on_partitions_revoked(list)
        note(:revoked, list)
      end

      # All that were assigned and not revoked again.
      def held
        events.reduce([]) { |held, (kind, partitions)| kind == :assigned ? held | partitions : held - partitions }.sort
      end

      private

      def note(kind, list)
        events << [kind, list.to_h.values.flatten.map(&:partition).sort]
      end
    end
  end

  before { create_topic(admin_client, topic, partitions: 4) }

  after { admin_client.delete_topic(topic).wait }

  # A member of the group and what its listener notes.
  def member(listener = listener_class.new, **)
    made = config(**servers, "group.id": group, "auto.offset.reset": "earliest", "fetch.wait.max.ms": 50, **)
    made.consumer_rebalance_listener = listener
    [closing(made.consumer).tap { |client| client.subscribe(topic) }, listener]
  end

  # Polls the clients in turn until the block is true. Messages are of no interest.
  def polling(*clients, seconds: 40)
    eventually(seconds) do
      clients.each { |client| patient_poll(client, 20) }
      yield
    end
  end

  def partitions_of(client)
    client.assignment.to_h.fetch(topic, []).map(&:partition).sort
  end

  def write(payloads, partition: 0)
    writer = producer(**servers)
    payloads.map { |payload| writer.produce(topic: topic, payload: payload, partition: partition) }.each(&:wait)
  end

  protocols = {
    "by the coordinator (KIP-848)" => { "group.protocol": "consumer" },
    "cooperatively" => { "partition.assignment.strategy": "cooperative-sticky", "heartbeat.interval.ms": 300 }
  }

  protocols.each do |name, options|
    describe "balanced #{name}", (options.key?(:"group.protocol") ? :newer_broker : :any_broker) do
      it "move only the partitions that have to move", statement: 64 do
        first, its_notes = member(**options)
        polling(first) { its_notes.held == [0, 1, 2, 3] }
        expect(its_notes.events.reject { |event| event == [:assigned, []] }).to eq([[:assigned, [0, 1, 2, 3]]])

        second, other_notes = member(**options)
        polling(first, second) { other_notes.held.size == 2 && its_notes.held.size == 2 }
        moved = other_notes.held
        expect(its_notes.events).to include([:revoked, moved])
        expect(its_notes.held + moved).to contain_exactly(0, 1, 2, 3)
        expect([partitions_of(first), partitions_of(second)]).to eq([its_notes.held, moved])

        second.close
        expect(other_notes.events.last).to eq([:revoked, moved])
        polling(first) { its_notes.held == [0, 1, 2, 3] }
        expect(its_notes.events.reject { |event| event.last.empty? }.last).to eq([:assigned, moved])
      end

      it "go on where the last owner has committed before it gave up its partitions" do
        write(%w[1 2 3])
        # As the layers above do it: the commit comes before the partitions go.
        stub_const("Rdkafka::Bindings::RebalanceCallback", lambda { |client, code, list, _opaque|
          bindings = Rdkafka::Bindings
          if code == bindings::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS
            bindings.rd_kafka_incremental_assign(client, list)
          else
            bindings.rd_kafka_commit(client, nil, false)
            bindings.rd_kafka_incremental_unassign(client, list)
          end
        })
        first, = member(**options, "enable.auto.commit": false)
        expect(consume(first, 2, seconds: 40).map(&:payload)).to eq(%w[1 2])
        first.close

        second, = member(**options, "enable.auto.commit": false)
        expect(consume(second, 1, seconds: 40).map(&:payload)).to eq(["3"])
      end
    end
  end

  describe "balanced eagerly" do
    let(:options) { { "partition.assignment.strategy": "range", "heartbeat.interval.ms": 300 } }

    it "take everything back first", :any_broker do
      first, its_notes = member(**options)
      polling(first) { its_notes.held.size == 4 }
      second, other_notes = member(**options)
      polling(first, second) { other_notes.held.size == 2 && its_notes.held.size == 2 }

      expect(its_notes.events).to eq([[:assigned, [0, 1, 2, 3]], [:revoked, [0, 1, 2, 3]], [:assigned, its_notes.held]])
      second.close
      polling(first) { its_notes.held.size == 4 }
    end
  end

  describe "with static members" do
    let(:options) { { "heartbeat.interval.ms": 300, "session.timeout.ms": 20_000 } }

    def static(instance, **)
      member(**options, "group.instance.id": instance, **)
    end

    it "do not balance again for a member that comes back", :any_broker do
      first, = static("one")
      polling(first) { partitions_of(first).size == 4 }
      second, its_notes = static("two")
      polling(first, second) { partitions_of(first).size == 2 && partitions_of(second).size == 2 }
      held = partitions_of(first)
      before = its_notes.events.dup
      first.close

      again, = static("one")
      polling(again, second) { partitions_of(again) == held }
      expect(its_notes.events).to eq(before)
      # A message for each of the two shows that both are still at work.
      write(["1"], partition: held.first)
      write(["2"], partition: its_notes.held.first)
      expect([again, second].map { |client| consume(client, 1).first.payload }).to eq(%w[1 2])
      expect(its_notes.events).to eq(before)
    end

    it "fence the older of two members with the same name off" do
      older, = static("one")
      polling(older) { partitions_of(older).size == 4 }
      newer, = static("one")
      polling(newer) { partitions_of(newer).size == 4 }

      expect { polling(older) { false } }.to raise_error(Rdkafka::RdkafkaError) { |error|
        expect(error).to have_attributes(code: :fenced_instance_id, fatal?: true)
      }
      expect(within(20) { older.close }).to be_nil
      expect(partitions_of(newer).size).to eq(4)
    end

    it "refuse a second member with the same name while the coordinator balances" do
      first, = member("group.protocol": "consumer", "group.instance.id": "one")
      polling(first) { partitions_of(first).size == 4 }
      second, = member("group.protocol": "consumer", "group.instance.id": "one")

      expect { polling(second) { false } }.to raise_error(Rdkafka::RdkafkaError) { |error|
        expect(error).to have_attributes(code: :unreleased_instance_id, fatal?: true)
      }
      expect(partitions_of(first).size).to eq(4)
    end
  end

  describe "whose members give up partitions" do
    it "do not call them lost when a member ends its subscription", statement: 66 do
      first, notes = member
      polling(first) { notes.held.size == 4 }
      first.unsubscribe
      polling(first) { notes.held.empty? }

      expect(first.assignment_lost?).to be(false)
    end

    it "call them lost when a member was away for too long, until it is back" do
      client, = member("heartbeat.interval.ms": 200, "session.timeout.ms": 1_000, "max.poll.interval.ms": 1_000)
      polling(client) { partitions_of(client).size == 4 }
      expect(client.assignment_lost?).to be(false)
      eventually(20) { client.assignment_lost? }

      expect { polling(client) { false } }.to raise_error(Rdkafka::RdkafkaError) { |error|
        expect(error.code).to eq(:max_poll_exceeded)
      }
      polling(client) { partitions_of(client).size == 4 && !client.assignment_lost? }
    end
  end
end
