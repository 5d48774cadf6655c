# frozen_string_literal: true

RSpec.describe Rdkafka::Consumer do
  let(:topic) { new_topic(partitions: 4) }
  let(:events) { [] }
  let(:members) { [] }

  # Writes down what it hears, and then runs blocks.
  def listener(name = :one, on_assigned: nil, on_revoked: nil)
    events = self.events
    Object.new.tap do |listener|
      listener.define_singleton_method(:on_partitions_assigned) do |list|
        events << [name, :assigned, list]
        on_assigned&.call(list)
      end
      listener.define_singleton_method(:on_partitions_revoked) do |list|
        events << [name, :revoked, list]
        on_revoked&.call(list)
      end
    end
  end

  # A member of a group. The broker makes groups of the protocol `consumer` at once, classic ones after three seconds.
  def member(listener: nil, **)
    settings = config(
      "group.id": unique_name("group"), "group.protocol": "consumer", "auto.offset.reset": "earliest",
      "fetch.wait.max.ms": 10, **
    )
    settings.consumer_rebalance_listener = listener if listener
    closing(settings.consumer).tap { |consumer| members << consumer }
  end

  def classic_member(group, name, **)
    member(
      listener: listener(name), "group.id": group, "group.protocol": "classic", "session.timeout.ms": 3_000,
      "heartbeat.interval.ms": 100, **
    )
  end

  def joined(**)
    member(**).tap do |consumer|
      consumer.subscribe(topic)
      poll_until([consumer]) { consumer.assignment.count == 4 }
    end
  end

  def poll_until(consumers)
    eventually(30) do
      consumers.each { |consumer| consumer.poll(20) }
      yield
    end
  end

  def numbers(list)
    list.to_h.fetch(topic, []).map(&:partition).sort
  end

  def heard(name, kind)
    events.select { |event| event.first(2) == [name, kind] }.flat_map { |event| numbers(event.last) }.sort
  end

  describe "#subscribe and #unsubscribe" do
    it "return nothing of interest" do
      idle = consumer

      expect(idle.subscribe("a")).to be(false)
      expect(idle.unsubscribe).to be_nil
    end

    it "replace what was subscribed to", :gc do
      idle = consumer
      idle.subscribe("a", "b")
      idle.subscribe("c", "^regex")

      expect(idle.subscription.to_h).to eq("c" => nil, "^regex" => nil)
      expect(idle.subscription.to_h.keys.map(&:encoding)).to all(eq(Encoding::BINARY))
      idle.unsubscribe
      expect(idle.subscription).to be_empty
    end

    it "need no topic to end with" do
      expect(consumer.unsubscribe).to be_nil
    end

    it "need a topic to begin with" do
      expect { consumer.subscribe }.to raise_error(
        Rdkafka::RdkafkaError, "Error subscribing to '' - Local: Invalid argument or configuration (invalid_arg)"
      )
    end

    it "name the topics that are refused" do
      expect { consumer.subscribe("a", "") }.to raise_error(Rdkafka::RdkafkaError, /\AError subscribing to 'a, ' - /)
    end

    it "refuse what is no topic, without a crash", :gc do
      idle = consumer

      [nil, :topic, 1, ["a"]].each do |bad|
        expect { idle.subscribe("good", bad) }.to raise_error(TypeError, /topic has to be a String/)
      end
      expect { idle.subscribe("a\0b") }.to raise_error(ArgumentError, "topic contains a null byte")
      expect(idle.subscription).to be_empty
    end

    it "need a group" do
      groupless = closing(config.consumer)

      expect { groupless.subscribe("a") }
        .to raise_error(Rdkafka::RdkafkaError) { |error| expect(error.code).to eq(:unknown_group) }
    end

    it "find topics by regular expressions" do
      publish(topic, "found")
      seeking = member("group.protocol": "classic", "session.timeout.ms": 3_000)
      seeking.subscribe("^#{topic[0..-2]}.$")

      expect(consume(seeking, 1).first).to have_attributes(topic: topic, payload: "found")
    end
  end

  describe "#assignment" do
    it "is empty before joining, and what the group gave afterwards" do
      expect(consumer.assignment).to be_empty
      expect(numbers(joined.assignment)).to eq([0, 1, 2, 3])
    end
  end

  describe "#assignment_lost?" do
    it "is false while all is well, and after unsubscribing", statement: 66 do
      consumer = joined

      expect(consumer.assignment_lost?).to be(false)
      consumer.unsubscribe
      poll_until([consumer]) { consumer.assignment.empty? }
      expect(consumer.assignment_lost?).to be(false)
    end
  end

  describe "#member_id" do
    it "is empty before joining", :gc, statement: 71 do
      expect(classic_member(unique_name("group"), :one).member_id).to eq("".b)
    end

    it "is what the coordinator gave", statement: 71 do
      expect(joined.member_id).to match(/\S+/).and have_attributes(encoding: Encoding::BINARY, frozen?: false)
    end
  end

  describe "#cluster_id" do
    it "is the same for all", :gc, statement: 71 do
      client = consumer
      id = client.cluster_id(20_000)

      expect(id).to match(/\AmockCluster/).and have_attributes(encoding: Encoding::BINARY, frozen?: false)
      expect([client.cluster_id, consumer.cluster_id(20_000)]).to eq([id, id])
    end

    it "is nil when nobody answers in time" do
      lost = consumer("bootstrap.servers": "127.0.0.1:1")

      expect(within(10) { lost.cluster_id(10) }).to be_nil
    end
  end

  describe "#name" do
    it "is binary and can be changed", statement: [71, 72] do
      expect(consumer.name).to match(/\Ardkafka#consumer-\d+\z/)
        .and have_attributes(encoding: Encoding::BINARY, frozen?: false)
    end

    it "is that of the client" do
      expect(consumer("client.id": "reader").name).to match(/\Areader#consumer-\d+\z/)
    end

    it "survives closing when it has been asked for" do
      consumer = self.consumer
      name = consumer.name
      consumer.close

      expect(consumer.name).to eq(name)
    end
  end

  describe "a rebalance listener" do
    it "hears of partitions that come and go", :gc, statement: 64 do
      consumer = joined(listener: listener)
      consumer.unsubscribe
      poll_until([consumer]) { heard(:one, :revoked).any? }

      expect(heard(:one, :assigned)).to eq([0, 1, 2, 3])
      expect(heard(:one, :revoked)).to eq([0, 1, 2, 3])
      expect(events.map { |event| event[1] }.uniq).to eq(%i[assigned revoked])
    end

    it "gets frozen lists", statement: 72 do
      joined(listener: listener)
      list = events.first.last

      expect(list).to be_a(Rdkafka::Consumer::TopicPartitionList).and be_frozen
      expect(list.to_h).not_to be_frozen
      expect(list.to_h[topic].map(&:offset)).to all(be_nil)
    end

    it "runs on the thread that polls, when the assignment has changed already" do
      seen = []
      look = ->(_) { seen << [Thread.current, numbers(members.last.assignment)] }
      consumer = member(listener: listener(on_assigned: look, on_revoked: look))
      consumer.subscribe(topic)
      polling = Thread.new { poll_until([consumer]) { seen.any? } }
      within(30) { polling.join }
      within(30) { consumer.close }

      expect(seen).to eq([[polling, [0, 1, 2, 3]], [seen.last.first, []]])
    end

    it "runs in batch polls too" do
      consumer = member(listener: listener)
      consumer.subscribe(topic)
      eventually { consumer.poll_batch(50) && events.any? }

      expect(heard(:one, :assigned)).to eq([0, 1, 2, 3])
    end

    it "runs in polls that hold the GVL" do
      consumer = member(listener: listener)
      consumer.subscribe(topic)
      eventually { consumer.poll_nb || consumer.poll_batch_nb.any? || events.any? }

      expect(heard(:one, :assigned)).to eq([0, 1, 2, 3])
    end

    it "hears of the partitions that closing gives up, on the closing thread" do
      seen = nil
      consumer = joined(listener: listener(on_revoked: ->(_) { seen = [Thread.current, members.last.closed?] }))
      closer = Thread.new { consumer.close }
      within(30) { closer.join }

      expect(heard(:one, :revoked)).to eq([0, 1, 2, 3])
      expect(seen).to eq([closer, false])
      expect(consumer).to be_closed
    end

    it "can use the consumer", statement: 59 do
      publish(topic, "a", "b")
      results = nil
      use = lambda do |list|
        results ||= members.last.then do |consumer|
          {
            subscription: consumer.subscription.to_h.keys,
            assignment: numbers(consumer.assignment),
            committed: consumer.committed(list, 20_000).count,
            position: consumer.position(list).count,
            lag: consumer.lag(partition_list(topic => { 0 => 0 }), 20_000),
            commit: consumer.commit(partition_list(topic => { 0 => 1 }), true)
          }
        end
      end
      consumer = member(listener: listener(on_assigned: use))
      consumer.subscribe(topic)
      within(40) { consume(consumer, 2) }

      expect(results).to eq(
        subscription: [topic], assignment: [0, 1, 2, 3], committed: 4, position: 4, lag: { topic => { 0 => 2 } },
        commit: nil
      )
    end

    # The partitions are given up by now and the member may have left: coordinator and broker can refuse to answer.
    it "can use the consumer while it is closed", statement: 59 do
      results = nil
      use = lambda do |list|
        consumer = members.last
        results = [
          consumer.assignment.count, consumer.subscription.to_h.keys, consumer.position(list).count, consumer.name,
          consumer.commit(partition_list(topic => { 1 => 1 }), true)
        ]
        begin
          consumer.committed(list, 20_000)
          consumer.lag(partition_list(topic => { 0 => 2 }), 20_000)
        rescue Rdkafka::RdkafkaError
          results << :refused
        else
          results << :answered
        end
      end
      consumer = joined(listener: listener(on_revoked: use), "enable.auto.commit": false)
      within(50) { consumer.close }

      expect(results.first(5)).to match([0, be_an(Array), 4, consumer.name, nil])
      expect(results.last).to be(:refused).or be(:answered)
    end

    it "can close the consumer, or is told that it cannot, without hanging" do
      outcome = nil
      close = lambda do |_|
        outcome = members.last.close
      rescue StandardError => e
        outcome = e
      end
      consumer = member(listener: listener(on_assigned: close))
      consumer.subscribe(topic)
      within(30) { consumer.poll(50) until events.any? || consumer.closed? }
      within(30) { consumer.close }

      expect(outcome).to be_nil.or be_a(StandardError)
      expect(consumer).to be_closed
    end

    it "may have one of the methods only" do
      half = Object.new
      revoked = []
      half.define_singleton_method(:on_partitions_revoked) { |list| revoked << list.count }
      within(30) { joined(listener: half).close }

      expect(revoked).to eq([4])
    end

    it "may have no method at all" do
      publish(topic, "a")

      expect(consume(joined(listener: Object.new).tap { |consumer| consumer.seek_by(topic, 0, 0) }, 1).size).to eq(1)
    end

    it "is not asked for its consent by the group without being set" do
      publish(topic, "a")
      consumer = member
      consumer.subscribe(topic)

      expect(consume(consumer, 1).first.payload).to eq("a")
    end
  end

  describe "a listener that raises" do
    let(:log) { StringIO.new }

    around do |example|
      logger = Rdkafka::Config.logger
      Rdkafka::Config.logger = Logger.new(log)
      example.run
    ensure
      Rdkafka::Config.logger = logger
    end

    [IOError, NotImplementedError, Interrupt].each do |exception|
      it "breaks neither rebalance nor close with #{exception}", statement: 65 do
        publish(topic, "a", "b")
        fail_with = ->(_) { raise exception, "of listener" }
        consumer = member(listener: listener(on_assigned: fail_with, on_revoked: fail_with))
        consumer.subscribe(topic)

        expect(consume(consumer, 2).map(&:payload)).to eq(%w[a b])
        expect(within(30) { consumer.close }).to be_nil
        expect(heard(:one, :revoked)).to eq([0, 1, 2, 3])
        expect(log.string.scan("Unhandled exception: #{exception} - of listener").size).to be >= 2
      end
    end

    it "does not break a rebalance by throwing" do
      publish(topic, "a")
      consumer = member(listener: listener(on_assigned: ->(_) { throw :done, :thrown }))
      consumer.subscribe(topic)
      messages = []
      within(30) do
        catch(:done) { messages.concat(consume(consumer, 1)) }
        messages.concat(consume(consumer, 1)) if messages.empty?
      end

      expect(messages.map(&:payload)).to eq(["a"])
    end
  end

  describe "two members" do
    # Both join before the broker's delay for new groups is over.
    def pair(**)
      group = unique_name("group")
      %i[one two].map { |name| classic_member(group, name, **).tap { |member| member.subscribe(topic) } }
    end

    def shared?(one, two)
      one.assignment.count == 2 && two.assignment.count == 2
    end

    it "share the partitions, and take all over eagerly", statement: 64 do
      one, two = pair
      poll_until([one, two]) { shared?(one, two) }
      taken, left = [one, two].map { |member| numbers(member.assignment) }
      expect((taken + left).sort).to eq([0, 1, 2, 3])

      events.clear
      within(30) { two.close }
      poll_until([one]) { one.assignment.count == 4 }

      expect(heard(:two, :revoked)).to eq(left)
      expect(events.select { |event| event.first == :one }.map { |event| [event[1], numbers(event[2])] })
        .to eq([[:revoked, taken], [:assigned, [0, 1, 2, 3]]])
      expect(one.assignment_lost?).to be(false)
    end

    it "take over cooperatively what the other one gave up", statement: 64 do
      one, two = pair("partition.assignment.strategy": "cooperative-sticky")
      poll_until([one, two]) { shared?(one, two) }
      taken, left = [one, two].map { |member| numbers(member.assignment) }

      events.clear
      within(30) { two.close }
      poll_until([one]) { one.assignment.count == 4 }

      expect(heard(:two, :revoked)).to eq(left)
      expect(heard(:one, :revoked)).to eq([])
      expect(heard(:one, :assigned)).to eq(left)
      expect(numbers(one.assignment)).to eq((taken + left).sort)
    end

    it "hand partitions to a member that joins later", statement: 64 do
      group = unique_name("group")
      one = joined(listener: listener(:one), "group.id": group)
      two = member(listener: listener(:two), "group.id": group)
      events.clear
      two.subscribe(topic)
      poll_until([one, two]) { shared?(one, two) }

      expect(heard(:one, :revoked)).to eq(numbers(two.assignment)).and eq(heard(:two, :assigned))
      expect(heard(:one, :assigned)).to eq([])
    end
  end

  describe "the callback of rebalances" do
    let(:default) { Rdkafka::Bindings::RebalanceCallback }

    it "is not called for what the driver does by itself" do
      # What the default function calls, which is frozen for the sake of Ractors.
      allow(KarafkaNative::Internal::Rebalance).to receive(:call)
      joined(listener: listener).close

      expect(KarafkaNative::Internal::Rebalance).not_to have_received(:call)
      expect([heard(:one, :assigned), heard(:one, :revoked)]).to eq([[0, 1, 2, 3], [0, 1, 2, 3]])
    end

    it "is called with pointers when it is replaced, and may call the default one" do
      calls = []
      own = default
      replacement = KarafkaNative::Internal::FFI::Function.new(:void, %i[pointer int pointer pointer]) do |*pointers|
        calls << pointers.map(&:class)
        own.call(*pointers)
      end
      stub_const("Rdkafka::Bindings::RebalanceCallback", replacement)
      joined(listener: listener).close

      pointer = KarafkaNative::Internal::FFI::Pointer
      expect(calls.uniq).to eq([[pointer, Integer, pointer, pointer]])
      expect([heard(:one, :assigned), heard(:one, :revoked)]).to eq([[0, 1, 2, 3], [0, 1, 2, 3]])
    end

    it "leaves it to the driver when it raises before it has answered" do
      own = default
      errors = ["on purpose"]
      replacement = ->(*pointers) { errors.empty? ? own.call(*pointers) : raise(errors.shift) }
      stub_const("Rdkafka::Bindings::RebalanceCallback", replacement)
      consumer = member(listener: listener)
      consumer.subscribe(topic)

      expect { poll_until([consumer]) { false } }.to raise_error("on purpose")
      poll_until([consumer]) { consumer.assignment.count == 4 }
    end
  end
end
