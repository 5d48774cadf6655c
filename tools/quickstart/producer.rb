# frozen_string_literal: true

require_relative "clock"
require_relative "numbers"

module Quickstart
  # Produces the messages and waits until each of them is delivered.
  class Producer
    OPTIONS = { "enable.idempotence": true, acks: "all", "linger.ms": 20 }.freeze
    # Deliveries awaited at a time, in messages and in bytes.
    WINDOW = 50_000
    WINDOW_BYTES = 200_000_000
    private_constant :OPTIONS, :WINDOW, :WINDOW_BYTES

    # @return [Stopwatch]
    attr_reader :stopwatch

    # @return [Integer] messages delivered
    attr_reader :delivered

    # @param bootstrap_servers [String]
    # @param topic [String]
    # @param sample [Sample]
    # @param check [Check]
    # @param deadline [Deadline]
    def initialize(bootstrap_servers, topic:, sample:, check:, deadline:)
      @config = Rdkafka::Config.new({ "bootstrap.servers": bootstrap_servers, **OPTIONS })
      @topic = topic
      @sample = sample
      @check = check
      @deadline = deadline
      @window = (WINDOW_BYTES / sample.size).clamp(1, WINDOW)
      @waiting = []
      @delivered = 0
      @stopwatch = Stopwatch.new
    end

    # @yieldparam delivered [Integer] from time to time
    # @raise [Rdkafka::RdkafkaError] when a message cannot be delivered
    # @raise [Overdue]
    def run(&)
      producer = @config.producer
      @stopwatch.start
      @sample.count.times do |number|
        @waiting << enqueue(producer, number)
        await(@window / 10, &) if @waiting.size >= @window
      end
      await(WINDOW, &) until @waiting.empty?
    ensure
      @stopwatch.stop
      close(producer) if producer
    end

    private

    def enqueue(producer, number)
      payload = @sample.payload(number)
      producer.produce(
        topic: @topic, payload: payload, key: @sample.key(number), headers: @sample.headers(number, payload),
        timestamp: @sample.timestamp(number)
      )
    end

    # Waits for the oldest messages.
    def await(count)
      @waiting.shift(count).each do |handle|
        report = handle.wait(max_wait_timeout_ms: @deadline.remaining_ms)
        @check.delivered(@delivered, report.partition, report.offset)
        @delivered += 1
      end
      yield @delivered
    rescue Rdkafka::AbstractHandle::WaitTimeoutError
      left = Numbers.grouped(@sample.count - @delivered)
      raise Overdue, "after #{@deadline.seconds} s #{left} messages are not delivered, " \
                     "the first of them is message #{@delivered}"
    end

    # Closing waits for deliveries, so messages that nobody waits for are given up first.
    def close(producer)
      producer.purge if @delivered < @sample.count
      producer.close
    end
  end
end
