# frozen_string_literal: true

require "logger"

module KarafkaNative
  module Internal
    # Writes librdkafka's log lines to the application's logger.
    #
    # Lines arrive on threads and in places where a logger must not be called, such as signal handlers. So they go
    # through a queue to a thread of their own.
    #
    # @private
    class LogWriter
      SEVERITIES = { warn: ::Logger::WARN, error: ::Logger::ERROR }.freeze
      private_constant :SEVERITIES

      class << self
        # Logs a text of the driver itself at once, on this thread.
        #
        # @param logger [#add]
        # @param level [Symbol] `:warn` or `:error`
        # @param text [String]
        # @return [nil]
        def report(logger, level, text)
          guarded do
            logger.respond_to?(level) ? logger.public_send(level, text) : logger.add(SEVERITIES.fetch(level), text)
          end
        end

        # A failing logger must end no thread: neither the one that serves the queue, nor a polling thread.
        #
        # @yield calls the logger
        # @return [nil]
        def guarded
          yield
          nil
        rescue StandardError, ScriptError => e
          Kernel.warn(Text.join("rdkafka: the logger failed with #{e.class}: ", e.message.to_s))
        end
      end

      # @return [#add] looked up for each line
      attr_accessor :logger

      # @return [Thread::Queue] takes pairs of Logger severity and line
      attr_reader :queue

      # @param logger [#add]
      # @param linger [Numeric, nil] seconds that the thread waits for more lines, nil to wait forever
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

      # Starts the thread unless it is running. In a forked process it is not.
      #
      # @return [nil]
      # @raise [ThreadError] when no thread can be started; the next call tries again
      def ensure_thread
        return if @thread&.alive?

        # Nobody waits for the mutex, because signal handlers must not: its owner starts the thread.
        locked = @mutex.try_lock # no interrupt arrives between the call and the assignment
        return unless locked

        @thread = ::Thread.new { run } unless @thread&.alive?
        @thread.name = "rdkafka.log"
        nil
      ensure
        @mutex.unlock if locked
      end

      private

      def run
        loop do
          entry = @queue.pop(timeout: @linger)
          break if entry.nil? && (@linger || @queue.closed?)

          write(entry)
        end
        # From here on, queueing a line starts a new thread. Earlier lines found this thread alive, so check once more.
        @thread = nil
        start_if_possible unless @queue.empty?
      end

      # If no thread can be started, the lines wait.
      def start_if_possible
        ensure_thread
      rescue ThreadError
        nil
      end

      def write(entry)
        severity, line = entry
        self.class.guarded { @logger.add(severity, line) }
      end
    end
  end
end
