# frozen_string_literal: true

require "logger"

module KarafkaNative
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
    def initialize(logger = ::Logger.new($stdout))
      @logger = logger
      @queue = ::Thread::Queue.new
      @mutex = ::Thread::Mutex.new
    end

    # Starts the thread if it does not run, which it never does in a forked process.
    #
    # @return [nil]
    def ensure_thread
      # Without the mutex first: it cannot be taken in a signal handler.
      return if @thread&.alive?

      @mutex.synchronize do
        @thread = ::Thread.new { run } unless @thread&.alive?
        @thread.name = "rdkafka.log"
      end
      nil
    end

    private

    def run
      loop do
        entry = @queue.pop
        break if entry.nil? && @queue.closed?

        write(entry)
      end
    end

    # A failing logger must not stop the thread: nobody would empty the queue.
    def write(entry)
      severity, line = entry
      @logger.add(severity, line)
    rescue StandardError => e
      Kernel.warn(Text.join("rdkafka: the logger failed with #{e.class}: ", e.message.to_s))
    end
  end
end
