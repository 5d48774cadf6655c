# frozen_string_literal: true

# Where log lines go, the same for all clients of the process, or of the Ractor.

module Rdkafka
  class Config # rubocop:disable Style/Documentation -- in config.rb
    # Raised when there is no logger left to write to.
    class NoLoggerError < RuntimeError
    end

    class << self
      # @return [Logger, #add] by default one that writes to standard output
      def logger
        state.log_writer.logger
      end

      # What it raises is written to standard error, and the next line is tried again.
      #
      # @param logger [Logger, #add]
      # @raise [NoLoggerError] when logger is nil
      def logger=(logger)
        raise NoLoggerError if logger.nil?

        state.log_writer.logger = logger
      end

      # @return [Thread::Queue] what is pushed to it, `[severity, line]`, is given to {#logger} by a thread; pushing is
      #   allowed in signal handlers
      def log_queue
        state.log_writer.queue
      end

      # Starts the thread that empties {Config.log_queue}, unless it runs already in this process.
      #
      # @return [nil]
      def ensure_log_thread
        state.log_writer.ensure_thread
      end
    end
  end
end
