# frozen_string_literal: true

require "rdkafka/producer/testing"

RSpec.describe "What clients leave behind", file: "/proc/self/fd" do
  # Runs `round` in a process of its own, first a few times for what is made once for all clients, and prints by how
  # much the number of open descriptors has grown after 20 more. What ends in the background is waited for.
  def growth_of(setup, seconds: 60, **)
    run_child(<<~RUBY, seconds: seconds, **)
      def descriptors = Dir.children("/proc/self/fd").size
      #{setup}
      3.times { round.call }
      GC.start
      before = descriptors
      20.times { round.call }
      deadline = now + 10
      until descriptors <= before || now > deadline
        GC.start
        sleep(0.01)
      end
      puts [descriptors - before, 0].max
      exit!(0)
    RUBY
  end

  {
    "a consumer that was asked for its lag" => <<~RUBY,
      list = Rdkafka::Consumer::TopicPartitionList.new
      list.add_topic_and_partitions_with_offsets(TOPIC, 0 => 0)
      round = -> { consumer.then { |client| client.lag(list, 30_000) && client.close } }
    RUBY
    "an admin client whose operation was answered" => <<~RUBY,
      request = { TOPIC => [{ partition: 0, offset: :latest }] }
      round = -> { admin.then { |client| client.list_offsets(request).wait && client.close } }
    RUBY
    "an admin client whose operation is under way" =>
      'round = -> { admin("bootstrap.servers": UNREACHABLE).then { |c| c.create_topic("t", 1, 1) && c.close } }',
    "an admin client that was collected" => <<~RUBY
      request = { TOPIC => [{ partition: 0, offset: :latest }] }
      round = -> { Thread.new { admin.list_offsets(request).wait && nil }.join }
    RUBY
  }.each do |what, setup|
    it "are no descriptors after #{what}" do
      expect(growth_of(setup, topic: new_topic)).to print_lines(0)
    end
  end

  describe "when a message is refused" do
    # How many handles are registered after each of so many refused messages.
    def pending_after(made, **message)
      Array.new(5) do
        expect { made.produce(**message) }.to raise_error(Rdkafka::RdkafkaError)
        Rdkafka::AbstractHandle::REGISTRY.count { |_, handle| handle.topic == message[:topic] }
      end
    end

    it "is no handle when it is too large" do
      made = producer("message.max.bytes": 1_000)

      expect(pending_after(made, topic: new_topic, payload: "x" * 2_000)).to eq([0] * 5)
    end

    it "is no handle when the queue is full" do
      made = producer("bootstrap.servers": "127.0.0.1:1", "queue.buffering.max.messages": 1)
      queued = made.produce(topic: "full", payload: "1")

      expect(pending_after(made, topic: "full", payload: "2")).to eq([1] * 5)
      made.purge
      expect(queued).not_to be_pending # and was not collected before
    end

    it "is no handle after a fatal error" do
      made = producer("enable.idempotence": true)
      made.singleton_class.include(Rdkafka::Testing)
      made.trigger_test_fatal_error(47, "on purpose")

      expect(pending_after(made, topic: new_topic, payload: "1")).to eq([0] * 5)
    end

    it "is no handle outside of a transaction" do
      made = producer("transactional.id": "leaks-#{rand(1 << 60)}")
      made.init_transactions

      expect(pending_after(made, topic: new_topic, payload: "1")).to eq([0] * 5)
    end
  end
end
