# frozen_string_literal: true

module Rdkafka
  class Config
    # Raised when the logger is set to nil.
    class NoLoggerError < RuntimeError
    end

    class << self
      # @return [Logger, #add] writes to standard output by default
      def logger
        state.log_writer.logger
      end

      # An exception in it is written to standard error, and the next line is written again.
      #
      # @param logger [Logger, #add]
      # @raise [NoLoggerError] when logger is nil
      def logger=(logger)
        raise NoLoggerError if logger.nil?

        state.log_writer.logger = logger
      end

      # @return [Thread::Queue] a thread passes its entries, `[severity, line]`, to {#logger}; pushing is allowed in
      #   signal handlers
      def log_queue
        state.log_writer.queue
      end

      # Starts the thread that empties {Config.log_queue}, unless it is already running in this process.
      #
      # @return [nil]
      def ensure_log_thread
        state.log_writer.ensure_thread
      end
    end
  end
end
