# frozen_string_literal: true

module Rdkafka
  class Config
    # Seconds that a logger's thread waits for more lines before it ends.
    LOG_THREAD_LINGER = 1
    private_constant :LOG_THREAD_LINGER

    # @return [#call, nil] called with the statistics, a Hash, of clients with `statistics.interval.ms`, then name and
    #   kind
    attr_reader :statistics_callback

    # @param callback [#call, nil] nil for the process-wide one
    # @raise [TypeError] when callback cannot be called
    def statistics_callback=(callback)
      @statistics_callback = Config.callable(callback)
    end

    # @return [#call, nil] called with the {RdkafkaError}s of clients in the background, then name and kind
    attr_reader :error_callback

    # If another gem has replaced {Bindings::ErrorCallback}, its function does not get these clients' errors.
    #
    # @param callback [#call, nil] nil for the process-wide one
    # @raise [TypeError] when callback cannot be called
    def error_callback=(callback)
      @error_callback = Config.callable(callback)
    end

    # @return [#call, nil] called when a client needs a new OAUTHBEARER token, with the value of
    #   `sasl.oauthbearer.config`, name and kind
    attr_reader :oauthbearer_token_refresh_callback

    # @param callback [#call, nil] nil for the process-wide one
    # @raise [TypeError] when callback cannot be called
    def oauthbearer_token_refresh_callback=(callback)
      @oauthbearer_token_refresh_callback = Config.callable(callback)
    end

    # @return [#add, nil] for librdkafka's log lines, and for exceptions in other callbacks of these clients
    def logger
      @log_writer&.logger
    end

    # A thread of its own writes the lines, so that a slow logger holds up only these clients.
    #
    # @param logger [Logger, #add, nil] called with severity and line; nil for the process-wide one
    # @raise [TypeError] when logger has no method `add`
    def logger=(logger)
      raise TypeError, "Logger has to have a method add" unless logger.nil? || logger.respond_to?(:add)

      @log_writer = logger && Internal::LogWriter.new(logger, linger: LOG_THREAD_LINGER)
    end

    private

    # @param kind [Symbol] of the client
    # @return [Internal::Listeners]
    def new_listeners(kind)
      Internal::Listeners.new(
        kind,
        statistics: @statistics_callback,
        error: @error_callback,
        token_refresh: @oauthbearer_token_refresh_callback,
        log_writer: @log_writer
      )
    end
  end
end
