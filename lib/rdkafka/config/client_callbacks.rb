# frozen_string_literal: true

# Callbacks and logger of the clients that are made from one configuration.

module Rdkafka
  # Those of a configuration take the place of those of the process, for the clients that are made from it afterwards:
  # later changes, of either, do not reach these clients. They run on the same threads, and what they raise goes the
  # same way.
  #
  # Each is called with as many of its arguments as it takes; the last two are the client's name, such as
  # `rdkafka#producer-1`, and its kind: `:producer`, `:consumer`, `:share_consumer` or `:admin`.
  #
  # @example
  #   config.error_callback = ->(error, name, kind) { Errors.report(error, client: name, kind: kind) }
  class Config
    # @return [#call, nil] gets the statistics, a Hash, of the clients with `statistics.interval.ms`, then name and kind
    attr_reader :statistics_callback

    # @param callback [#call, nil] nil for that of the process
    # @raise [TypeError] when callback cannot be called
    def statistics_callback=(callback)
      @statistics_callback = Config.callable(callback)
    end

    # @return [#call, nil] gets the {RdkafkaError}s that clients meet in the background, then name and kind
    attr_reader :error_callback

    # Where another gem has replaced {Bindings::ErrorCallback}, that does not hear of these clients' errors.
    #
    # @param callback [#call, nil] nil for that of the process
    # @raise [TypeError] when callback cannot be called
    def error_callback=(callback)
      @error_callback = Config.callable(callback)
    end

    # @return [#call, nil] asked for a new OAUTHBEARER token, with the value of `sasl.oauthbearer.config`, name and kind
    attr_reader :oauthbearer_token_refresh_callback

    # @param callback [#call, nil] nil for that of the process
    # @raise [TypeError] when callback cannot be called
    def oauthbearer_token_refresh_callback=(callback)
      @oauthbearer_token_refresh_callback = Config.callable(callback)
    end

    # @return [#add, nil] gets librdkafka's log lines, and what other callbacks of these clients raise
    def logger
      @log_writer&.logger
    end

    # Lines are written by a thread of the logger's own, so that a slow logger holds up nobody else.
    #
    # @param logger [Logger, #add, nil] called with severity and line; nil for that of the process
    # @raise [TypeError] when logger has no method `add`
    def logger=(logger)
      raise TypeError, "Logger has to have a method add" unless logger.nil? || logger.respond_to?(:add)

      @log_writer = logger && Internal::LogWriter.new(logger, linger: LOG_THREAD_LINGER)
    end

    # For how many seconds the thread of a logger waits for further lines.
    LOG_THREAD_LINGER = 1
    private_constant :LOG_THREAD_LINGER

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
