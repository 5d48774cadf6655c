# frozen_string_literal: true

require "json"
require "monitor"

# What the processes of one example tell, in the order in which it arrives.
class Journal
  def initialize
    @mutex = Monitor.new
    @changed = @mutex.new_cond
    @events = []
    @output = []
    @open = 0
  end

  # Takes all lines of a stream: events, and what else was printed.
  #
  # @param stream [IO]
  # @return [Thread]
  def read(stream)
    change { @open += 1 }
    Thread.new do
      stream.each_line(chomp: true) { |line| add(line) }
      stream.close
      change { @open -= 1 }
    end
  end

  # @param kind [Symbol, String]
  # @return [Array<Hash>] events so far
  def all(kind)
    @mutex.synchronize { of(kind) }
  end

  # @param kind [Symbol, String]
  # @yieldparam event [Hash]
  # @return [Hash] the first event of that kind that the block likes
  # @raise [KafkaClients::TooSlow] if it does not come in time, or nobody is left to tell
  def wait_for(kind, seconds: 60, &liked)
    wait("no #{kind}", seconds) { of(kind).find(&liked || ->(_) { true }) }
  end

  # @param kind [Symbol, String]
  # @yieldparam events [Array<Hash>] all of that kind
  # @return [Object] what the block returns, once it is truthy
  # @raise [KafkaClients::TooSlow]
  def wait_until(kind, seconds: 60)
    wait("not enough #{kind}", seconds) { yield of(kind) }
  end

  # @param kind [Symbol, String]
  # @param count [Integer]
  # @return [Array<Integer>] that many processes that have told of it
  # @raise [KafkaClients::TooSlow]
  def wait_for_processes(kind, count)
    wait_until(kind) do |events|
      pids = events.map { |event| event["pid"] }.uniq
      pids if pids.size >= count
    end
  end

  private

  def of(kind)
    @events.select { |event| event["event"] == kind.to_s }
  end

  def wait(complaint, seconds)
    deadline = now + seconds
    @mutex.synchronize do
      until (found = yield)
        left = @open.zero? ? 0 : deadline - now
        raise KafkaClients::TooSlow, "#{complaint}\n#{report}" unless left.positive?

        @changed.wait(left)
      end
      found
    end
  end

  def add(line)
    change { line.start_with?("{\"event\"") ? @events << JSON.parse(line) : @output << line }
  end

  def change
    @mutex.synchronize do
      yield
      @changed.broadcast
    end
  end

  def report
    (@events.last(15).map(&:to_s) + @output.last(25)).map { |line| line[0, 300] }.join("\n")
  end

  def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)
end
