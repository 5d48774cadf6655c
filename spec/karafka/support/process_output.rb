# frozen_string_literal: true

require "monitor"

# What a process prints, line by line. Somebody must read it, or the process would wait for that.
class ProcessOutput
  # @param stream [IO] closed when it ends
  def initialize(stream)
    @mutex = Monitor.new
    @changed = @mutex.new_cond
    @text = +""
    Thread.new do
      stream.each_line { |line| change { @text << line } }
      stream.close
      change { @ended = true }
    end
  end

  # @param pattern [Regexp]
  # @return [MatchData] the first match, as soon as it is there
  # @raise [KafkaClients::TooSlow] if it does not come in time, or the process has ended without
  def wait_for(pattern, seconds: 60)
    wait(pattern.inspect, seconds) { @text.match(pattern) }
  end

  # @param pattern [Regexp]
  # @param count [Integer]
  # @return [Array] that many matches of `String#scan` at least
  # @raise [KafkaClients::TooSlow]
  def wait_for_many(pattern, count, seconds: 60)
    wait("#{count} times #{pattern.inspect}", seconds) do
      found = @text.scan(pattern)
      found if found.size >= count
    end
  end

  # @return [String] what was printed so far
  def text
    @mutex.synchronize { @text.dup }
  end

  private

  def wait(what, seconds)
    deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + seconds
    @mutex.synchronize do
      until (found = yield)
        left = @ended ? 0 : deadline - Process.clock_gettime(Process::CLOCK_MONOTONIC)
        raise KafkaClients::TooSlow, "no #{what} in\n#{@text.lines.last(30).join}" unless left.positive?

        @changed.wait(left)
      end
      found
    end
  end

  def change
    @mutex.synchronize do
      yield
      @changed.broadcast
    end
  end
end
