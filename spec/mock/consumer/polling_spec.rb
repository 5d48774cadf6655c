# frozen_string_literal: true

RSpec.describe Rdkafka::Consumer do
  let(:topic) { new_topic }

  # The end of the topic as an error, so that examples need not wait for nothing to come.
  def reader(**)
    assigned_consumer(topic, "enable.partition.eof": true, **)
  end

  def payloads(messages)
    messages.map(&:payload)
  end

  # Takes batches until that many items have come.
  def batches(consumer, count, method = :poll_batch)
    within(20) do
      items = []
      items.concat(consumer.public_send(method, 100)) while items.size < count
      items
    end
  end

  describe "#poll" do
    it "returns messages in order, then nil" do
      publish(topic, "a", "b", "c")
      consumer = assigned_consumer(topic)

      expect(payloads(consume(consumer, 3))).to eq(%w[a b c])
      expect(consumer.poll(0)).to be_nil
    end

    it "waits as long as it is told" do
      consumer = assigned_consumer(topic)
      consumer.poll(0)
      started = monotonic_seconds

      expect(consumer.poll(300)).to be_nil
      expect(monotonic_seconds - started).to be_between(0.29, 10)
    end

    it "returns as soon as a message is there" do
      consumer = assigned_consumer(topic)
      waiting = Thread.new { consumer.poll(60_000) }
      publish(topic, "late")

      expect(within(20) { waiting.value }.payload).to eq("late")
    end

    it "waits for ever with -1" do
      consumer = assigned_consumer(topic)
      waiting = blocked { consumer.poll(-1) }
      publish(topic, "late")

      expect(within(20) { waiting.value }.payload).to eq("late")
    end

    it "cuts fractions of the timeout off" do
      consumer = assigned_consumer(topic)

      expect(within(5) { consumer.poll(0.9) }).to be_nil
    end

    it "refuses timeouts that are no numbers", :gc do
      consumer = assigned_consumer(topic)

      [nil, "1", :forever, []].each { |bad| expect { consumer.poll(bad) }.to raise_error(TypeError) }
      expect { consumer.poll(2**64) }.to raise_error(RangeError)
      expect { consumer.poll(Float::NAN) }.to raise_error(FloatDomainError)
      expect { consumer.poll }.to raise_error(ArgumentError)
    end

    it "consumes several partitions" do
      wide = new_topic(partitions: 3)
      publish(wide, *Array.new(3) { |number| { payload: "in #{number}", partition: number } })
      consumer = assigned_consumer(wide, { 0 => 0, 1 => 0, 2 => 0 })

      expect(consume(consumer, 3).to_h { |message| [message.partition, message.payload] })
        .to eq(0 => "in 0", 1 => "in 1", 2 => "in 2")
    end

    it "begins where the assignment says" do
      publish(topic, "a", "b", "c")

      expect(consume(assigned_consumer(topic, { 0 => 2 }), 1).first).to have_attributes(payload: "c", offset: 2)
    end
  end

  describe "#poll_nb" do
    it "returns what is there, or nil at once", :gc do
      publish(topic, "a")
      consumer = assigned_consumer(topic)

      expect(eventually { consumer.poll_nb }.payload).to eq("a")
      expect(consumer.poll_nb).to be_nil
    end

    it "waits if it is told to" do
      publish(topic, "a")
      consumer = assigned_consumer(topic)

      expect(consumer.poll_nb(10_000)).to have_attributes(payload: "a")
    end

    it "holds other threads up while it waits" do
      consumer = assigned_consumer(topic)
      consumer.poll_nb
      count = 0
      counter = Thread.new { loop { count += 1 } }
      eventually { count.positive? }
      before = count
      consumer.poll_nb(300)
      after = count
      counter.kill.join

      expect(after - before).to be < 1_000_000
    end

    it "refuses timeouts that are no numbers" do
      consumer = assigned_consumer(topic)

      [nil, "1"].each { |bad| expect { consumer.poll_nb(bad) }.to raise_error(TypeError) }
    end
  end

  describe "#poll_batch" do
    it "returns what is there, up to 100 messages" do
      publish(topic, *Array.new(150, "x"))
      consumer = assigned_consumer(topic)
      consume(consumer, 1)
      sizes = within(20) do
        sizes = []
        sizes << consumer.poll_batch(100).size while sizes.sum < 149
        sizes
      end

      expect(sizes).to all(be <= 100)
      expect(sizes.max).to be > 1
    end

    it "keeps the order over batches" do
      publish(topic, *("a".."j"))

      expect(payloads(batches(assigned_consumer(topic), 10))).to eq([*"a".."j"])
    end

    it "returns an empty Array when nothing comes" do
      consumer = assigned_consumer(topic)

      expect(consumer.poll_batch(0)).to eq([])
      expect(consumer.poll_batch(10)).to eq([])
    end

    it "waits for the first message only" do
      consumer = assigned_consumer(topic)
      waiting = Thread.new { consumer.poll_batch(60_000, max_items: 5) }
      publish(topic, "late")

      expect(payloads(within(20) { waiting.value })).to eq(["late"])
    end

    it "takes no more than max_items" do
      publish(topic, "a", "b", "c")
      consumer = assigned_consumer(topic)
      consume(consumer, 1)
      sizes = within(20) { Array.new(2) { consumer.poll_batch(10_000, max_items: 1).size } }

      expect(sizes).to eq([1, 1])
    end

    it "takes nothing with max_items 0" do
      publish(topic, "a")
      consumer = assigned_consumer(topic)

      expect(within(5) { consumer.poll_batch(60_000, max_items: 0) }).to eq([])
      expect(payloads(batches(consumer, 1))).to eq(["a"])
    end

    it "refuses max_items that make no sense, without waiting", :gc, defect: 27 do
      consumer = assigned_consumer(topic)
      consumer.poll_batch(0)

      [-1, nil, "1", Float::NAN, Float::INFINITY, 2**40].each do |bad|
        expect { within(5) { consumer.poll_batch(60_000, max_items: bad) } }.to raise_error(ArgumentError, /max_items/)
      end
    end

    it "frees every message when one cannot be built", statement: 100 do
      outcome = run_child(<<~RUBY, topic: topic)
        fill(TOPIC, 3)
        reading = consumer_of(TOPIC, "enable.partition.eof": true)
        Rdkafka::RdkafkaError.prepend(Module.new { def initialize(*, **) = raise("unbuildable") })
        puts(begin
          loop { reading.poll_batch(10_000) }
        rescue RuntimeError => e
          e.message
        end)
        reading.close # hangs beside a message that was not freed
      RUBY

      expect([outcome.lines, outcome.ending]).to eq([["unbuildable"], 0])
    end
  end

  describe "#poll_batch_nb" do
    it "returns what is there, or an empty Array at once", :gc do
      publish(topic, "a", "b")
      consumer = assigned_consumer(topic)
      items = []
      eventually { items.concat(consumer.poll_batch_nb).size == 2 }

      expect(payloads(items)).to eq(%w[a b])
      expect(consumer.poll_batch_nb).to eq([])
    end

    it "refuses bad arguments" do
      consumer = assigned_consumer(topic)

      expect { consumer.poll_batch_nb("1") }.to raise_error(TypeError)
      expect { consumer.poll_batch_nb(0, max_items: -1) }.to raise_error(ArgumentError, /max_items/)
    end
  end

  describe "#poll_nb_each" do
    it "yields what is there and returns nil", statement: 68 do
      publish(topic, "a", "b")
      consumer = assigned_consumer(topic)
      messages = []
      results = []
      eventually { results << consumer.poll_nb_each { |message| messages << message } and messages.size == 2 }

      expect(payloads(messages)).to eq(%w[a b])
      expect(results).to all(be_nil)
    end

    it "stops when the block returns :stop", statement: 68 do
      publish(topic, "a", "b", "c")
      consumer = assigned_consumer(topic)
      consume(consumer, 1)
      messages = []
      eventually do
        expect(consumer.poll_nb_each { |message| messages << message and :stop }).to be_nil
        messages.any?
      end

      expect(payloads(messages)).to eq(["b"])
      expect(consume(consumer, 1).first.payload).to eq("c")
    end

    it "passes on what the block raises, and goes on behind that message" do
      publish(topic, "a", "b")
      consumer = assigned_consumer(topic)

      expect { eventually { consumer.poll_nb_each { raise "of #{_1.payload}" } } }.to raise_error("of a")
      expect(consume(consumer, 1).first.payload).to eq("b")
    end

    it "raises ClosedConsumerError when it is closed in the block, or ends", statement: 69 do
      publish(topic, "a", "b")
      consumer = assigned_consumer(topic)
      within(20) { consumer.poll_nb_each { consumer.close } until consumer.closed? }

      expect { consumer.poll_nb_each { nil } }
        .to raise_error(Rdkafka::ClosedConsumerError, "Illegal call to poll_nb_each on a closed consumer")
    end

    it "needs a block only for messages", :untyped do
      consumer = assigned_consumer(topic)

      expect(consumer.poll_nb_each).to be_nil
    end
  end

  describe "#events_poll_nb_each" do
    let(:consumer) do
      settings = config("group.id": unique_name("group"), "statistics.interval.ms": 20)
      settings.consumer_poll_set = false
      closing(settings.consumer)
    end

    before { Rdkafka::Config.statistics_callback = ->(_) {} }

    after { Rdkafka::Config.statistics_callback = nil }

    it "yields how many events were served, until none is left", statement: 68 do
      counts = []
      results = []
      eventually { results << consumer.events_poll_nb_each { |count| counts << count } and counts.any? }

      expect(counts).to all(be_positive)
      expect(results).to all(be_nil)
    end

    it "stops when the block returns :stop", statement: 68 do
      rounds = 0
      eventually do
        rounds = 0
        expect(consumer.events_poll_nb_each { (rounds += 1) && :stop }).to be_nil
        rounds.positive?
      end

      expect(rounds).to eq(1)
    end
  end

  describe "#each" do
    it "yields messages until it is left" do
      publish(topic, "a", "b", "c")
      messages = []
      left_with = within(20) do
        assigned_consumer(topic).each do |message|
          messages << message
          break :enough if message.payload == "b"
        end
      end

      expect(left_with).to eq(:enough)
      expect(payloads(messages)).to eq(%w[a b])
    end

    it "makes the consumer enumerable" do
      publish(topic, *"a".."f")
      consumer = assigned_consumer(topic)

      within(20) do
        expect(consumer.first.payload).to eq("a")
        expect(payloads(consumer.first(2))).to eq(%w[b c])
        expect(consumer.lazy.map(&:payload).reject { |payload| payload == "d" }.first).to eq("e")
        expect(consumer.each_with_index.first.last).to eq(0)
      end
    end

    it "takes the timeout of each poll" do
      consumer = assigned_consumer(topic)
      allow(consumer).to receive(:poll).with(7).and_raise(IOError)

      expect { consumer.each(timeout_ms: 7) { nil } }.to raise_error(IOError)
    end

    it "polls for 250 ms unless told otherwise" do
      consumer = assigned_consumer(topic)
      allow(consumer).to receive(:poll).with(250).and_raise(IOError)

      expect { consumer.each { nil } }.to raise_error(IOError)
    end

    it "raises when it is closed in the block", statement: 69 do
      publish(topic, "a", "b")
      consumer = assigned_consumer(topic)

      expect { within(20) { consumer.each { consumer.close } } }
        .to raise_error(Rdkafka::ClosedConsumerError, "Illegal call to poll on a closed consumer")
    end

    it "ends when the consumer is closed while it waits" do
      consumer = assigned_consumer(topic)
      reading = blocked { consumer.each(timeout_ms: 60_000) { nil } }
      within(20) { consumer.close }

      expect(within(5) { reading.value }).to be_nil
    end

    it "needs a block, at the first message", :gc do
      publish(topic, "a")

      expect { within(20) { assigned_consumer(topic).each } }.to raise_error(LocalJumpError)
    end

    it "leaves exceptions of the block alone" do
      publish(topic, "a", "b")
      consumer = assigned_consumer(topic)

      expect { within(20) { consumer.each { |message| raise StopIteration, message.payload if message.offset.zero? } } }
        .to raise_error(StopIteration, "a")
      expect(consume(consumer, 1).first.payload).to eq("b")
    end
  end

  describe "#each_batch" do
    it "is not there any more", statement: 15 do
      expect { assigned_consumer(topic).each_batch { nil } }
        .to raise_error(NotImplementedError, /\A`each_batch` has been removed/)
    end
  end

  describe "the end of a partition" do
    before { publish(topic, "a", "b") }

    let(:end_of_partition) do
      have_attributes(
        class: Rdkafka::RdkafkaError, code: :partition_eof, rdkafka_response: -191, is_partition_eof?: true,
        message_prefix: "Fetch from broker 1 reached end of partition at offset 2 (HighwaterMark 2)",
        broker_message: nil, instance_name: nil, fatal?: false,
        details: { partition: 0, offset: 2, topic: topic }.freeze
      )
    end

    it "is raised by #poll", statement: 55 do
      consumer = reader
      consume(consumer, 2)

      expect { within(20) { consumer.poll(15_000) } }.to raise_error(end_of_partition)
    end

    it "is raised by #poll_nb", statement: 55 do
      consumer = reader
      consume(consumer, 2)

      expect { eventually { consumer.poll_nb } }.to raise_error(end_of_partition)
    end

    it "is raised by #poll_nb_each", statement: 55 do
      messages = []
      consumer = reader

      expect { eventually { consumer.poll_nb_each { |message| messages << message } } }.to raise_error(end_of_partition)
      expect(payloads(messages)).to eq(%w[a b])
    end

    it "is raised by #each" do
      messages = []

      expect { within(20) { reader.each { |message| messages << message } } }.to raise_error(end_of_partition)
      expect(payloads(messages)).to eq(%w[a b])
    end

    it "is an item of #poll_batch", statement: [54, 55] do
      items = batches(reader, 3)

      expect(payloads(items.first(2))).to eq(%w[a b])
      expect(items.last).to end_of_partition
    end

    it "is an item of #poll_batch_nb", statement: [54, 55] do
      expect(batches(reader, 3, :poll_batch_nb).last).to end_of_partition
    end

    it "does not stop the consumer" do
      consumer = reader
      batches(consumer, 3)
      publish(topic, "c")

      expect(batches(consumer, 2)).to match([have_attributes(payload: "c"), have_attributes(code: :partition_eof)])
    end

    it "has frozen details with a binary topic", :gc, statement: [71, 72] do
      details = batches(reader, 3).last.details

      expect(details).to be_frozen
      expect(details.keys).to eq(%i[partition offset topic])
      expect(details[:topic].encoding).to eq(Encoding::BINARY)
    end

    it "is an error that can be marshalled" do
      error = batches(reader, 3).last

      expect(Marshal.load(Marshal.dump(error))).to end_of_partition
    end
  end

  describe "errors of brokers" do
    let(:missing) { unique_name("missing") }
    let(:unavailable) do
      have_attributes(
        code: :unknown_topic_or_part,
        message_prefix: "Subscribed topic not available: #{missing}: Broker: Unknown topic or partition",
        message: /Subscribed topic not available: #{missing}/,
        details: { partition: 0, offset: -1001, topic: missing }
      )
    end

    # A missing topic is created when asked for, unless the consumer says no.
    def subscribed(**)
      consumer(**, "allow.auto.create.topics": false).tap { |consumer| consumer.subscribe(missing) }
    end

    it "are raised for a topic that does not exist", statement: 56 do
      consumer = subscribed

      expect { within(20) { loop { consumer.poll(100) } } }.to raise_error(unavailable)
    end

    it "stand in a batch for a topic that does not exist", statement: [54, 56] do
      expect(batches(subscribed, 1).first).to unavailable
    end

    it "stand in a batch between messages, in order", statement: 54 do
      publish(topic, "a")
      consumer = reader("fetch.error.backoff.ms": 0)
      items = batches(consumer, 2)
      KafkaClients.cluster.push_errors(:Fetch, 29)
      items += batches(consumer, 1)
      publish(topic, "b")
      items += batches(consumer, 1)

      expect(items.grep(Rdkafka::RdkafkaError).map(&:code)).to include(:partition_eof, :topic_authorization_failed)
      expect(items.last).to have_attributes(payload: "b")
    ensure
      KafkaClients.cluster.clear_errors(:Fetch)
    end
  end

  describe "a fatal error" do
    let(:fenced) do
      have_attributes(
        class: Rdkafka::RdkafkaError, code: :fenced_instance_id, fatal?: true, message_prefix: nil, details: {},
        broker_message: start_with("Fatal consumer error: Broker: Static consumer fenced")
      )
    end
    let(:consumer_to_fence) { consumer("group.instance.id": "a").tap { |consumer| consumer.subscribe(topic) } }

    before { KafkaClients.cluster.push_errors(:JoinGroup, 82) }

    after { KafkaClients.cluster.clear_errors(:JoinGroup) }

    it "is raised in place of its marker", statement: 52 do
      expect { within(20) { loop { consumer_to_fence.poll(100) } } }.to raise_error(fenced)
    end

    it "is an item of a batch in place of its marker", statement: 52 do
      expect(batches(consumer_to_fence, 1)).to match([fenced])
    end

    it "is what later operations raise", statement: 52 do
      batches(consumer_to_fence, 1)

      expect { consumer_to_fence.commit }.to raise_error(fenced)
      expect { consumer_to_fence.unsubscribe }.to raise_error(fenced)
      expect { consumer_to_fence.subscribe(topic) }.to raise_error(fenced)
    end

    it "leaves the consumer closable" do
      batches(consumer_to_fence, 1)

      expect(within(20) { consumer_to_fence.close }).to be_nil
    end
  end

  describe "statistics" do
    let(:arrived) { Thread::Queue.new }

    before { Rdkafka::Config.statistics_callback = ->(statistics) { arrived << [statistics, Thread.current] } }

    after { Rdkafka::Config.statistics_callback = nil }

    def observed(poll_set:)
      settings = config("group.id": unique_name("group"), "statistics.interval.ms": 20)
      settings.consumer_poll_set = poll_set
      closing(settings.consumer)
    end

    it "come through #poll, on the thread that polls", statement: 74 do
      consumer = observed(poll_set: true)
      eventually { consumer.poll(50) || arrived.size.positive? }
      statistics, thread = arrived.pop

      expect(thread).to equal(Thread.current)
      expect(statistics).to include("name" => consumer.name, "type" => "consumer")
      expect(statistics.keys.map(&:encoding)).to all(eq(Encoding::UTF_8))
    end

    it "come through #poll_batch" do
      consumer = observed(poll_set: true)
      eventually { consumer.poll_batch(50) && arrived.size.positive? }

      expect(arrived.pop.last).to equal(Thread.current)
    end

    it "come through #events_poll alone without consumer_poll_set", statement: 67 do
      consumer = observed(poll_set: false)
      arrived.clear # what had come when it was made
      10.times { consumer.poll(20) }

      expect(arrived).to be_empty
      expect(within(10) { consumer.events_poll(-1) }).to be_positive
      expect(arrived).not_to be_empty
    end

    it "come through #events_poll_nb, which does not wait" do
      consumer = observed(poll_set: false)
      eventually { consumer.events_poll_nb.positive? }

      expect(arrived).not_to be_empty
      # Others may have come meanwhile, but not so often.
      expect(Array.new(10) { consumer.events_poll_nb }).to include(0)
    end

    it "can use the consumer", statement: 59 do
      found = nil
      consumer = assigned_consumer(topic, "statistics.interval.ms": 20)
      Rdkafka::Config.statistics_callback = lambda do |_|
        request = { topic => [{ partition: 0, offset: :latest }] }
        found ||= consumer.list_offsets(request).wait(max_wait_timeout_ms: 20_000).offsets
      end
      within(30) { consumer.poll(100) until found }

      expect(found).to match([include(topic: topic, partition: 0, offset: 0)])
    end

    it "raise out of #poll, and no message is lost by it", defect: [6, 16], statement: 144 do
      publish(topic, *"a".."e")
      raised = 0
      consumer = assigned_consumer(topic, "statistics.interval.ms": 1)
      Rdkafka::Config.statistics_callback = ->(_) { raise IOError, "refused" if (raised += 1) <= 3 }
      messages = []
      within(20) do
        until messages.size == 5 && raised >= 3
          begin
            message = consumer.poll(100)
            messages << message if message
          rescue IOError
            next
          end
        end
      end

      expect(payloads(messages)).to eq([*"a".."e"])
      expect(within(20) { consumer.close }).to be_nil
    end
  end
end
