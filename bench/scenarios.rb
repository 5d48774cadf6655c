# frozen_string_literal: true

# Runs in a process of its own, once for each driver and repetition: `ruby scenarios.rb SERVERS TOPIC MESSAGES`.
# Prints one line of JSON for each scenario.
require "json"
require "logger"
require "rdkafka"

Rdkafka::Config.logger = Logger.new(File::NULL)

# The same steps for every driver of the Rdkafka API.
class Scenarios
  PAYLOAD = ("x" * 100).freeze
  PRODUCER = { "linger.ms": 5, acks: 1, "queue.buffering.max.messages": 1_000_000 }.freeze
  # Without a short back-off librdkafka stops fetching for a second whenever its queue is full.
  CONSUMER = { "auto.offset.reset": "earliest", "enable.auto.commit": false, "fetch.queue.backoff.ms": 10 }.freeze

  def initialize(servers, topic, messages)
    @servers = { "bootstrap.servers": servers }
    @topic = topic
    @messages = messages
  end

  def run
    producing
    consuming("poll") { |consumer| consumer.poll(1_000) ? 1 : 0 }
    consuming("poll_batch of 500") { |consumer| consumer.poll_batch(1_000, max_items: 500).size }
  end

  private

  def producing
    producer = Rdkafka::Config.new(@servers.merge(PRODUCER)).producer
    producer.produce(topic: @topic, payload: PAYLOAD).wait
    topic = @topic
    measure("produce, then wait for every handle") do
      Array.new(@messages - 1) { producer.produce(topic: topic, payload: PAYLOAD) }.each(&:wait)
    end
    producer.close
  end

  def consuming(name)
    consumer = Rdkafka::Config.new(@servers.merge(CONSUMER).merge("group.id": name)).consumer
    partitions = consumer.metadata(@topic).topics.first[:partition_count]
    list = Rdkafka::Consumer::TopicPartitionList.new
    list.add_topic_and_partitions_with_offsets(@topic, Array.new(partitions) { |number| [number, 0] }.to_h)
    consumer.assign(list)
    got = 0
    got += yield(consumer) while got.zero? # connecting and the first fetch are not measured
    measure(name) { got += yield(consumer) while got < @messages }
    consumer.close
  end

  def measure(name)
    GC.start
    before = readings
    yield
    seconds, cpu, objects = readings.zip(before).map { |after, earlier| after - earlier }
    puts JSON.generate(
      scenario: name, per_second: @messages / seconds, cpu_us: cpu * 1e6 / @messages, objects: objects.to_f / @messages
    )
  end

  def readings
    clocks = [Process::CLOCK_MONOTONIC, Process::CLOCK_PROCESS_CPUTIME_ID].map { |clock| Process.clock_gettime(clock) }
    clocks << GC.stat(:total_allocated_objects)
  end
end

Scenarios.new(ARGV[0], ARGV[1], Integer(ARGV[2])).run
