# frozen_string_literal: true

RSpec.describe Rdkafka::ShareConsumer, :share_groups do
  let(:topic) { share_topic }
  let(:group) { unique_name("group") }

  # A member of a cluster in explicit mode, and the three records that it has got.
  def records_of(cluster)
    topic = share_topic(cluster: cluster)
    cluster.start_share_groups_at(:earliest)
    servers = { "bootstrap.servers": KafkaClients.bootstrap_servers(cluster) }
    writer = producer(**servers)
    Array.new(3) { |number| writer.produce(topic: topic, payload: number.to_s, partition: 0) }.each(&:wait)
    member = share_consumer(topic: topic, mode: "explicit", **servers)
    [member, first_records(member)]
  end

  describe "polling" do
    it "needs a subscription", statement: 124 do
      member = share_consumer(group: group)

      expect do
        member.poll(0)
      end.to raise_error(Rdkafka::RdkafkaError, /Consumer is not subscribed to any topics/) { |error|
               expect(error.code).to eq(:state)
             }
    end

    it "returns records with everything there is", :gc, statement: 124 do
      time = Time.at(1_700_000_000, 123_000)
      publish(topic, { payload: "p\0\xFF".b, key: "k", headers: { "a" => %w[1 2] }, timestamp: time }, { payload: nil })
      member = share_consumer(group: group)
      expect(member.subscribe(topic)).to be_nil

      records = first_records(member)
      expect(records).to all(be_an_instance_of(Rdkafka::ShareConsumer::Message))
      expect(records.first).to have_attributes(
        topic: topic, partition: 0, offset: 0, payload: "p\0\xFF".b, key: "k", headers: { "a" => %w[1 2] },
        timestamp: time, delivery_count: 1, error: nil, error?: false
      )
      expect(records.first.then { |record| [record.topic, record.payload, record.key] }.map(&:encoding).uniq)
        .to eq([Encoding::BINARY])
      expect(records.last.payload).to be_nil
      expect([member.close, member.closed?, member.close]).to eq([nil, true, nil])
    end

    it "returns nothing when the time is over" do
      member = share_consumer(topic: topic)
      expect([member.poll(0), member.poll(30), member.poll(0.9)]).to eq([[], [], []])
    end

    it "refuses times that are none" do
      member = share_consumer(topic: topic)
      [nil, "1"].each { |time| expect { member.poll(time) }.to raise_error(TypeError) }
      expect { member.poll(1 << 40) }.to raise_error(RangeError)
    end

    it "wakes for a record that comes later" do
      member = share_consumer(topic: topic)
      poller = blocked { member.poll(-1) }
      publish(topic, "late")
      expect(within(10) { poller.value }.map(&:payload)).to eq(["late"])
    end

    it "returns at most so many records", statement: 138 do
      publish(topic, *Array.new(25, &:to_s))
      member = share_consumer(topic: topic, "max.poll.records": 10)
      sizes = []
      sizes << first_records(member).size until sizes.sum == 25
      expect(sizes).to eq([10, 10, 5])
    end

    it "divides records among the members of a group", statement: 137 do
      topic = share_topic(partitions: 2)
      members = Array.new(2) { share_consumer(group: group, topic: topic) }
      expected = (0..1).flat_map { |partition| (0..9).map { |offset| [partition, offset] } }
      publish(topic, *expected.map { |partition, offset| { payload: offset.to_s, partition: partition } })

      found = []
      eventually(20) do
        members.each { |member| found.concat(member.poll(50).map { |record| [record.partition, record.offset] }) }
        found.size >= expected.size
      end
      expect(found).to match_array(expected)
    end
  end

  describe "subscribing" do
    it "needs topics, open or closed", statement: 125 do
      member = share_consumer
      expect { member.subscribe }.to raise_error(ArgumentError, /at least one topic is required/)
      member.close
      expect { member.subscribe }.to raise_error(ArgumentError, /at least one topic is required/)
    end

    it "refuses names that are empty or repeated", statement: 125 do
      member = share_consumer
      [[""], %w[a a]].each do |names|
        expect { member.subscribe(*names) }
          .to raise_error(Rdkafka::RdkafkaError, /\AError subscribing to '#{names.join(", ")}' - /) { |error|
            expect(error.code).to eq(:invalid_arg)
          }
      end
    end

    it "refuses what is no name", defect: 4 do
      member = share_consumer
      [nil, :name, 1, ["name"]].each { |name| expect { member.subscribe(name) }.to raise_error(TypeError, /topic/) }
      expect { member.subscribe("a\0b") }.to raise_error(ArgumentError, /null byte/)
    end

    it "takes names literally and replaces those before", statement: 125 do
      publish(topic, "1")
      member = share_consumer(topic: "^#{topic[0..-2]}.*")
      expect(member.poll(300)).to eq([])
      expect(member.subscription.to_h).to eq("^#{topic[0..-2]}.*" => nil)
      member.subscribe(topic)
      expect(first_records(member).map(&:payload)).to eq(["1"])
      expect(member.subscription.to_h).to eq(topic => nil)
    end

    it "ends with unsubscribing, also when there is none", statement: 141 do
      publish(topic, "1", "2")
      member = share_consumer(group: group)
      expect(member.unsubscribe).to be_nil
      member.subscribe(topic)
      first_records(member)
      expect([member.unsubscribe, member.subscription.to_h, code_of { member.poll(0) }]).to eq([nil, {}, :state])
      publish(topic, "3")
      member.subscribe(topic)
      expect(deliveries(first_records(member))).to eq([[2, 1]])
    end
  end

  describe "in implicit mode" do
    let(:member) { share_consumer(group: group, topic: topic) }
    let(:other) { share_consumer(group: group, topic: topic) }

    before { publish(topic, "1", "2", "3") }

    it "accepts with a commit", statement: [126, 130] do
      first_records(member)
      expect(member.commit_sync.to_h[topic].map { |partition| [partition.partition, partition.err] }).to eq([[0, 0]])
      expect(member.commit_sync).to be_nil
      expect(other.poll(300)).to eq([])
    end

    it "accepts with the next poll" do
      first_records(member)
      member.poll(100)
      member.close
      expect(other.poll(300)).to eq([])
    end

    it "accepts when the subscription ends", statement: 126 do
      first_records(member)
      member.unsubscribe
      expect(other.poll(300)).to eq([])
    end

    it "releases everything when closed", statement: 126 do
      first_records(member)
      member.close
      expect(deliveries(first_records(other))).to eq([[0, 2], [1, 2], [2, 2]])
    end

    it "refuses single acknowledgements", statement: 129 do
      record = first_records(member).first
      expect { member.acknowledge(record) }
        .to raise_error(Rdkafka::RdkafkaError, %r{\AError acknowledging #{topic}/0@0 - }) { |error|
          expect(error.code).to eq(:state)
        }
    end

    it "accepts nothing of an iteration that was not yielded", defect: 25, statement: 144 do
      expect(member.first.offset).to eq(0)
      expect(deliveries(member.poll(0))).to eq([[1, 1], [2, 1]])
      member.commit_sync
      member.close
      expect(other.poll(300)).to eq([])
    end

    it "gives to others what an iteration has left", defect: 25 do
      expect(offsets(member.first(2))).to eq([0, 1])
      member.commit_sync
      member.close
      expect(deliveries(first_records(other))).to eq([[2, 2]])
    end

    it "keeps what an iteration has left, also when it is often left" do
      publish(topic, *Array.new(7, "x"))
      found = Array.new(9) { member.first }
      expect(deliveries(found)).to eq(Array.new(9) { |offset| [offset, 1] })
      member.unsubscribe
      expect(offsets(first_records(other))).to eq([9])
    end
  end

  describe "in explicit mode" do
    let(:member) { share_consumer(group: group, topic: topic, mode: :explicit) }
    let(:other) { share_consumer(group: group, topic: topic, mode: "explicit") }

    before { publish(topic, *Array.new(6, &:to_s)) }

    it "wants every record acknowledged before the next poll", statement: 127 do
      records = first_records(member)
      expect { member.poll(0) }
        .to raise_error(Rdkafka::RdkafkaError, /6 records from previous poll have not been acknowledged/)
      records.each { |record| expect(member.acknowledge(record)).to be_nil }
      expect(member.poll(50)).to eq([])
    end

    it "has only released records delivered again", :gc, statement: 127 do
      records = first_records(member)
      types = %i[accept release reject accept accept accept]
      records.zip(types) { |record, type| member.acknowledge(record, type) }
      expect(deliveries(first_records(member))).to eq([[1, 2]])
    end

    it "lets a record's acknowledgement be changed until it is sent", statement: 129 do
      records = first_records(member)
      records.each { |record| member.acknowledge(record, :release) }
      records.drop(1).each { |record| member.acknowledge(record, :accept) }
      member.commit_sync
      expect(records.map { |record| code_of { member.acknowledge(record) } }.uniq).to eq([:state])
      expect(deliveries(first_records(member))).to eq([[0, 2]])
    end

    it "refuses records that it does not hold, and what is no acknowledgement", statement: 129 do
      record = first_records(member).first
      place = Data.define(:topic, :partition, :offset)
      [[topic, 0, 6], [topic, 1, 0], ["other", 0, 0]].each do |unknown|
        expect(code_of { member.acknowledge(place.new(*unknown)) }).to eq(:state)
      end
      [[nil, 0, 0], [topic, -1, 0], [topic, 0, -1]].each do |nonsense|
        expect(code_of { member.acknowledge(place.new(*nonsense)) }).to eq(:invalid_arg)
      end
      expect { member.acknowledge(place.new(:topic, 0, 0)) }.to raise_error(TypeError)
      expect { member.acknowledge(place.new(topic, 0, nil)) }.to raise_error(TypeError)
      expect { member.acknowledge(nil) }.to raise_error(NoMethodError)
      expect { member.acknowledge(record, "accept") }
        .to raise_error(ArgumentError,
          'Unknown acknowledge type: "accept" (expected one of :accept, :release, :reject)')
    end

    %i[close unsubscribe].each do |ending|
      it "releases with #{ending} what was not acknowledged", statement: 128 do
        records = first_records(member)
        records.values_at(0, 1, 3, 5).each { |record| member.acknowledge(record) }
        member.public_send(ending)
        expect(deliveries(first_records(other))).to eq([[2, 2], [4, 2]])
      end
    end

    it "commits what was acknowledged and keeps the rest", statement: 130 do
      records = first_records(member)
      expect(member.commit_sync).to be_nil
      member.acknowledge(records[2])
      expect(member.commit_sync(10_000).to_h[topic].map(&:err)).to eq([0])
      expect { member.poll(0) }.to raise_error(/5 records/)
    end

    it "does not count the records of an iteration that were not yielded" do
      record = member.first
      expect { member.poll(0) }.to raise_error(/1 records/)
      member.acknowledge(record)
      expect(offsets(member.poll(0))).to eq([1, 2, 3, 4, 5])
    end

    it "refuses to acknowledge what was not yielded" do
      record = member.first
      later = Data.define(:topic, :partition, :offset).new(topic, 0, record.offset + 1)
      expect(code_of { member.acknowledge(later) }).to eq(:state)
    end
  end

  describe "a commit" do
    let(:member) { share_consumer(group: group, topic: topic, mode: "explicit") }
    let(:outcomes) { Thread::Queue.new }

    # Records of a broker that answers late from now on.
    def records_of_slow_broker(cluster)
      records_of(cluster).tap { cluster.set_round_trip_time(400) }
    end

    def report_to(queue, member)
      member.acknowledgement_commit_callback = ->(partitions, error) { queue << [partitions, error, Thread.current] }
    end

    # Waits until the outcome of that many acknowledgements is known.
    def outcomes_of(member, count)
      found = []
      eventually do
        member.events_poll(50)
        found << outcomes.pop until outcomes.empty?
        found.sum { |partitions, _| partitions[0][:offsets].size } == count
      end
      found.map { |partitions, error| [partitions[0][:offsets], error] }
    end

    it "reports partitions and offsets on the thread that polls", :gc, statement: 131 do
      publish(topic, "1", "2", "3")
      report_to(outcomes, member)
      first_records(member).each { |record| member.acknowledge(record, :reject) }
      expect(member.commit_async).to be_nil
      eventually { member.events_poll(50).positive? }

      expect(outcomes.size).to eq(1)
      partitions, error, thread = outcomes.pop
      expect(partitions).to eq([{ topic: topic, partition: 0, offsets: [0, 1, 2] }])
      expect(partitions.first[:topic].encoding).to eq(Encoding::BINARY)
      expect([error, thread]).to eq([nil, Thread.current])
    end

    it "reports acknowledgements that a poll has sent" do
      publish(topic, "1")
      report_to(outcomes, member)
      member.acknowledge(first_records(member).first)
      eventually { member.poll(50) && !outcomes.empty? }
      expect(outcomes.pop.first).to eq([{ topic: topic, partition: 0, offsets: [0] }])
    end

    it "does nothing without acknowledgements" do
      report_to(outcomes, member)
      expect(member.commit_async).to be_nil
      member.events_poll(50)
      expect(outcomes).to be_empty
    end

    it "is accepted in whatever order records are acknowledged", statement: 142 do
      publish(topic, *Array.new(10, &:to_s))
      report_to(outcomes, member)
      first_records(member).reverse_each do |record|
        member.acknowledge(record)
        member.commit_async
      end
      expect(outcomes_of(member, 10).map(&:last).uniq).to eq([nil])
    end

    it "whose callback raises is logged, and goes on", statement: 132 do
      lines = StringIO.new
      Rdkafka::Config.logger = Logger.new(lines)
      publish(topic, "1", "2")
      member.acknowledgement_commit_callback = ->(*) { raise IOError, "no outcome" }
      first_records(member).each { |record| member.acknowledge(record) }
      expect(member.commit_sync.to_h[topic].map(&:err)).to eq([0])
      expect(lines.string).to include("Unhandled exception in acknowledgement commit callback: IOError - no outcome")
    ensure
      Rdkafka::Config.logger = Logger.new(IO::NULL)
    end

    it "lets its callback use nothing but what may always be called", defect: 21, statement: 132 do
      publish(topic, "1")
      record = first_records(member).first
      calls = {
        poll: -> { member.poll(0) }, commit_sync: -> { member.commit_sync }, commit_async: -> { member.commit_async },
        subscribe: -> { member.subscribe(topic) }, unsubscribe: -> { member.unsubscribe },
        subscription: -> { member.subscription }, acknowledge: -> { member.acknowledge(record) },
        callback: -> { member.acknowledgement_commit_callback = nil }, events_poll: -> { member.events_poll }
      }
      member.acknowledgement_commit_callback = ->(*) { outcomes << calls.transform_values { |call| code_of(&call) } }
      member.acknowledge(record)
      member.commit_async
      eventually { member.events_poll(50) && !outcomes.empty? }

      expect(outcomes.pop).to eq(calls.to_h { |name, _| [name, name == :events_poll ? nil : :state] })
      expect(within(5) { member.subscription.to_h }).to eq(topic => nil)
    end

    it "takes a callback or nil", statement: 131 do
      expect { member.acknowledgement_commit_callback = 1 }.to raise_error(TypeError, "Callback has to be callable")
      member.acknowledgement_commit_callback = nil
      publish(topic, "1")
      first_records(member).each { |record| member.acknowledge(record) }
      expect(member.commit_sync.to_h[topic].map(&:err)).to eq([0])
    end

    it "that is not answered in time says so, and is sent all the same", statement: 130 do
      cluster = closing(KarafkaNative::MockCluster.new(brokers: 2))
      slow, records = records_of_slow_broker(cluster)
      report_to(outcomes, slow)
      slow.acknowledge(records[2])
      expect(slow.commit_sync(20).to_h[records[2].topic].map(&:err)).to eq([7])
      slow.acknowledge(records[0])
      expect(slow.commit_sync(0).to_h[records[2].topic].map(&:err)).to eq([7])
      expect(outcomes_of(slow, 2)).to eq([[[2], nil], [[0], nil]])
      expect(slow.commit_sync).to be_nil
    end

    it "waits for ever when told so", defect: 37 do
      cluster = closing(KarafkaNative::MockCluster.new(brokers: 2))
      slow, records = records_of_slow_broker(cluster)
      slow.acknowledge(records[0])
      expect(within(20) { slow.commit_sync(-1) }.to_h[records[0].topic].map(&:err)).to eq([0])
    end

    it "to a broker that is gone fails, partition by partition" do
      cluster = closing(KarafkaNative::MockCluster.new(brokers: 2))
      gone, records = records_of_slow_broker(cluster)
      cluster.broker_down
      gone.acknowledge(records[0])
      expect(within(20) do
        gone.commit_sync(10_000)
      end.to_h[records[0].topic].map(&:err)).to all(be_negative.or(be_positive))
    end
  end

  describe "#unsubscribe" do
    it "leaves to others what is produced afterwards, although a fetch was under way", statement: 143 do
      publish(topic, "1")
      member = share_consumer(group: group, topic: topic, "fetch.wait.max.ms": 500)
      first_records(member)
      expect(member.poll(50)).to eq([])
      member.unsubscribe
      publish(topic, "2")
      other = share_consumer(group: group, topic: topic)
      expect(deliveries(first_records(other, seconds: 5))).to eq([[1, 1]])
    end

    it "gives back what had been fetched and not polled" do
      fetched = 0
      Rdkafka::Config.statistics_callback = ->(statistics) { fetched = statistics["rxmsgs"] }
      member = share_consumer(group: group, topic: topic, "statistics.interval.ms": 20)
      expect(member.poll(50)).to eq([])
      publish(topic, "1")
      eventually { member.events_poll(50) && fetched == 1 }
      member.unsubscribe
      other = share_consumer(group: group, topic: topic)
      expect(offsets(first_records(other, seconds: 5))).to eq([0])
    ensure
      Rdkafka::Config.statistics_callback = nil
    end
  end

  describe "#each" do
    it "ends when the block closes the consumer, and for a closed one", statement: 136 do
      publish(topic, "1", "2")
      member = share_consumer(topic: topic)
      yielded = 0
      ended = within(20) { member.each { (yielded += 1) && member.close } }
      expect([ended, yielded]).to eq([nil, 1])
      expect(member.each { |record| yielded += record.offset }).to be_nil
    end

    it "passes on what the block raises" do
      publish(topic, "1")
      member = share_consumer(topic: topic)
      other = share_consumer.tap(&:close)
      expect { member.each { other.poll } }.to raise_error(Rdkafka::ClosedConsumerError)
      publish(topic, "2")
      expect(member.each { |record| record.error || raise(StopIteration) }).to be_nil
    end

    it "makes it enumerable" do
      publish(topic, "1", "2", "3")
      expect(share_consumer(topic: topic).lazy.map(&:payload).first(3)).to eq(%w[1 2 3])
    end
  end
end
