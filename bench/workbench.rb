# frozen_string_literal: true

require_relative "profile"

# The tools of a running scenario: clients with the same settings for all drivers, and the stopwatch.
class Workbench
  PAYLOAD = ("x" * 100).freeze
  PRODUCER = { "linger.ms": 5, acks: 1, "queue.buffering.max.messages": 1_000_000 }.freeze
  # With its defaults, librdkafka stops fetching for a second when it has 100,000 messages of a partition.
  CONSUMER = {
    "auto.offset.reset": "earliest", "enable.auto.commit": false, "fetch.queue.backoff.ms": 10,
    "queued.min.messages": 1_000_000, "group.id": "bench"
  }.freeze
  # Seconds after which a driver that is too slow for all messages is stopped.
  PATIENCE = 3

  attr_reader :servers, :topic, :messages, :readings

  def initialize(scenario, servers:, topic:, messages:)
    @scenario = scenario
    @servers = servers
    @topic = topic
    @messages = messages
    @readings = {}
  end

  def partitions = @scenario.partitions

  def config(**)
    require "logger"
    require "rdkafka"
    Rdkafka::Config.logger = Logger.new(File::NULL)
    Rdkafka::Config.new({ "bootstrap.servers": servers, ** })
  end

  # @return [Rdkafka::Producer] one that is connected and knows the topic
  def producer(**)
    config(**PRODUCER, **).producer.tap { |made| made.produce(topic: topic, payload: "first", partition: 0).wait }
  end

  # @return [Rdkafka::Consumer] one that is assigned all partitions from their beginning
  def consumer(**)
    made = config(**CONSUMER, **).consumer
    made.assign(list)
    made
  end

  # @param count [Integer]
  # @return [Rdkafka::Consumer::TopicPartitionList] the topic's first partitions, from their beginning
  def list(count = partitions)
    Rdkafka::Consumer::TopicPartitionList.new.tap do |made|
      made.add_topic_and_partitions_with_offsets(topic, Array.new(count) { |number| [number, 0] }.to_h)
    end
  end

  # Ruby threads that compute without pause.
  def with_busy_threads(count)
    threads = Array.new(count) { Thread.new { nil while true } } # rubocop:disable Style/InfiniteLoop
    yield
  ensure
    threads&.each(&:kill)
  end

  # Runs the block, which returns how much it did, once or until the given amount is done. A thread says when that takes
  # too long, because the loops in C and Python do not read the clock for each message, either.
  #
  # @param until_done [Integer, nil]
  def measure(until_done = nil)
    GC.start
    before = clocks
    late = false
    patience = Thread.new do
      sleep PATIENCE
      late = true
    end
    done = yield
    done += yield while until_done && done < until_done && !late
    seconds, cpu, objects = clocks.zip(before).map { |after, earlier| after - earlier }
    patience.kill
    readings.update(per_second: done / seconds, cpu_us: cpu * 1e6 / done, objects: objects.to_f / done, rss_mb: rss_mb)
  end

  # Runs the block, which returns how many messages it handled, and records which part of the CPU time was the driver's:
  # that of the extension with librdkafka, and a part of the garbage collections in proportion to the objects it made.
  #
  # @param own_objects [Integer] how many the driver makes for each message
  def measure_own_share(own_objects)
    GC.start
    collecting = GC.stat(:time)
    before = clocks
    done = nil
    shares = Profile.shares { done = yield }
    _seconds, cpu, objects = clocks.zip(before).map { |after, earlier| after - earlier }
    collecting = (GC.stat(:time) - collecting) / 1000.0
    shares[:collection] = 100 * collecting / cpu * own_objects * done / objects
    readings.update(own_percent: shares.values.sum, shares: shares, objects: objects.to_f / done)
  end

  # Runs the block that many times and records the durations.
  def measure_latency(count)
    took = Array.new(count) do
      start = Process.clock_gettime(Process::CLOCK_MONOTONIC)
      yield
      (Process.clock_gettime(Process::CLOCK_MONOTONIC) - start) * 1e6
    end.sort
    readings.update(median_us: took[count / 2], p99_us: took[count * 99 / 100])
  end

  # @return [Float, nil] resident memory of the process, where the system tells
  def rss_mb
    File.read("/proc/self/status")[/VmRSS:\s*(\d+)/, 1].to_i / 1024.0 if File.exist?("/proc/self/status")
  end

  # @return [Float] memory that no other process shares, where the system tells: libraries of the system do not count
  def private_mb
    rollup = "/proc/self/smaps_rollup"
    return 0.0 unless File.exist?(rollup)

    File.readlines(rollup).grep(/^Private_/).sum { |line| line[/\d+/].to_i } / 1024.0
  end

  private

  def clocks
    [
      Process.clock_gettime(Process::CLOCK_MONOTONIC),
      Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID),
      GC.stat(:total_allocated_objects)
    ]
  end
end
