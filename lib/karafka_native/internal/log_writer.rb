# frozen_string_literal: true

require "logger"

module KarafkaNative
  module Internal
    # Writes librdkafka's log lines to the application's logger.
    #
    # The lines arrive on threads and in places where a logger must not be called (signal handlers among them), so they
    # go through a queue to a thread of their own.
    #
    # @private
    class LogWriter
      # @return [#add] read anew for each line
      attr_accessor :logger

      # @return [Thread::Queue] takes pairs of Logger severity and line
      attr_reader :queue

      # @param logger [#add]
      # @param linger [Numeric, nil] for how many seconds the thread waits for further lines, nil for ever
      def initialize(logger = ::Logger.new($stdout), linger: nil)
        @logger = logger
        @linger = linger
        @queue = ::Thread::Queue.new
        @mutex = ::Thread::Mutex.new
      end

      # Queues a line. May be called in signal handlers.
      #
      # @param severity [Integer]
      # @param line [String]
      # @return [nil]
      def add(severity, line)
        @queue << [severity, line]
        start_if_possible
      end

      # Starts the thread if it does not run, which it never does in a forked process.
      #
      # @return [nil]
      # @raise [ThreadError] when there is no thread to be had; the next call tries again
      def ensure_thread
        # The owner of the mutex starts the thread. Nobody waits for the mutex, because signal handlers must not.
        return if @thread&.alive? || !@mutex.try_lock

        begin
          @thread = ::Thread.new { run } unless @thread&.alive?
          @thread.name = "rdkafka.log"
          nil
        ensure
          @mutex.unlock
        end
      end

      private

      def run
        loop do
          entry = @queue.pop(timeout: @linger)
          break if entry.nil? && (@linger || @queue.closed?)

          write(entry)
        end
        # From here on, queueing a line starts a new thread. Lines queued before were queued while this one was alive.
        @thread = nil
        start_if_possible unless @queue.empty?
      end

      # Otherwise lines wait for a thread that can be had.
      def start_if_possible
        ensure_thread
      rescue ThreadError
        nil
      end

      # A failing logger must not stop the thread: the queue would never be emptied.
      def write(entry)
        severity, line = entry
        @logger.add(severity, line)
      rescue StandardError => e
        Kernel.warn(Text.join("rdkafka: the logger failed with #{e.class}: ", e.message.to_s))
      end
    end
  end
end
