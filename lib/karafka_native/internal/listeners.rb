# frozen_string_literal: true

require_relative "listener"

module KarafkaNative
  module Internal
    # The callbacks and the logger of one client: those of its configuration, or else the process-wide ones, which are
    # looked up each time.
    #
    # @private
    class Listeners
      # @return [String] the client's name
      attr_writer :name

      # @param kind [Symbol, nil] the client's
      # @param statistics [#call, nil]
      # @param error [#call, nil]
      # @param token_refresh [#call, nil]
      # @param log_writer [LogWriter, nil]
      def initialize(kind = nil, statistics: nil, error: nil, token_refresh: nil, log_writer: nil)
        @kind = kind
        @name = nil
        @statistics = Listener.of(statistics)
        @error = Listener.of(error)
        @token_refresh = Listener.of(token_refresh, 2)
        @log_writer = log_writer
      end

      # @return [Boolean] whether there is a statistics callback
      def statistics?
        !(@statistics || Rdkafka::Config.statistics_callback).nil?
      end

      # @param statistics [Hash]
      def statistics(statistics)
        return @statistics.call(statistics, @name, @kind) if @statistics

        Rdkafka::Config.statistics_callback&.call(statistics)
      end

      # @param client [FFI::Pointer]
      # @param code [Integer]
      # @param reason [String, nil]
      # @param opaque [FFI::Pointer]
      def error(client, code, reason, opaque)
        return @error.call(ErrorReport.build(client, code, reason), @name, @kind) if @error

        ErrorReport.function.call(client, code, reason, opaque)
      end

      # @param config [String, nil] value of `sasl.oauthbearer.config`
      # @param name [String] the client's
      def token_refresh(config, name)
        return @token_refresh.call(config, name, @kind) if @token_refresh

        Rdkafka::Config.oauthbearer_token_refresh_callback&.call(config, name)
      end

      # @param severity [Integer] of Logger
      # @param line [String]
      def log(severity, line)
        return @log_writer.add(severity, line) if @log_writer

        Rdkafka::Config.log_queue << [severity, line]
        Rdkafka::Config.ensure_log_thread
      rescue ThreadError
        # There are no more threads: the line waits until one can be started.
      end

      # Logs an exception of a callback.
      #
      # @param text [String]
      def log_error(text)
        LogWriter.report(@log_writer&.logger || Rdkafka::Config.logger, :error, text)
      end
    end
  end
end
