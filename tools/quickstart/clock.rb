# frozen_string_literal: true

module Quickstart
  # Something has taken longer than the user allows. The message says what is missing.
  class Overdue < StandardError
  end

  # Monotonic seconds.
  module Clock
    # @return [Float]
    def self.now
      Process.clock_gettime(Process::CLOCK_MONOTONIC)
    end
  end

  # The time by which everything has to be done.
  class Deadline
    # @return [Numeric]
    attr_reader :seconds

    # @param seconds [Numeric]
    def initialize(seconds)
      @seconds = seconds
      @end = Clock.now + seconds
    end

    # @return [Integer] ms until then, at least 0
    def remaining_ms
      ((@end - Clock.now) * 1000).clamp(0..).ceil
    end

    # @yieldreturn [String] what is missing
    # @raise [Overdue] when it has passed
    def check
      raise Overdue, "after #{seconds} s #{yield}" if remaining_ms.zero?
    end
  end

  # Adds up the time during which it runs.
  class Stopwatch
    def initialize
      @total = 0.0
      @since = nil
    end

    # Does nothing if it is running.
    def start
      return if @since

      @since = Clock.now
    end

    # Does nothing if it is stopped.
    def stop
      @total += Clock.now - @since if @since
      @since = nil
    end

    # @return [Float]
    def seconds
      @total + (@since ? Clock.now - @since : 0.0)
    end
  end
end
