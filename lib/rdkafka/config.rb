# frozen_string_literal: true

require_relative "config/callbacks"
require_relative "config/client_callbacks"
require_relative "config/logging"

module Rdkafka
  # The options of clients, and the factory that creates clients.
  #
  # Callbacks and the logger of the class apply to all clients of the process, or of the Ractor that sets them.
  # Callbacks and the logger set on a configuration apply, instead of these, to clients created from it later. Such a
  # callback gets the arguments of the process-wide one, then the client's name, such as `rdkafka#producer-1`, and kind
  # (`:producer`, `:consumer`, `:share_consumer` or `:admin`), as many as it accepts. If its arity is unknown, as that
  # of a composed Proc, it gets only those of the process-wide one.
  #
  # Producers and admin clients run their callbacks on their polling thread, consumers in `poll` or `events_poll`. An
  # exception in a statistics, error or token refresh callback is raised by the method that called it (a poll, `flush`,
  # `start`, or the factory method), and nothing is lost. If `close` raises it, the client stays open and can be closed
  # again. On a polling thread, it ends the thread and is raised in the main thread, so that it does not go unnoticed;
  # if that rescues it, the client is no longer served until {Producer#flush} or `close`. An exception in a delivery or
  # acknowledgement callback or in a rebalance listener is only logged; one in the logger is written to standard error.
  #
  # @example A consumer
  #   Rdkafka::Config.new("bootstrap.servers": "localhost:9092", "group.id": "orders").consumer
  # @example A callback of one configuration
  #   config.error_callback = ->(error, name, kind) { warn "#{kind} #{name}: #{error.code}" }
  class Config
    # librdkafka rejected an option.
    class ConfigError < RuntimeError
    end

    # librdkafka rejected a client.
    class ClientCreationError < RuntimeError
    end

    # Options that every configuration starts with.
    DEFAULT_CONFIG = {}.freeze

    # Options that cannot be overridden.
    REQUIRED_CONFIG = { "log.queue": true }.freeze

    # An option that librdkafka does not know: the driver removes it and filters the statistics itself.
    UNASSIGNED_STATISTICS = "statistics.unassigned.include"
    private_constant :UNASSIGNED_STATISTICS

    # The largest C int.
    MAX_TIMEOUT_MS = (2**31) - 1
    private_constant :MAX_TIMEOUT_MS

    # @param config_hash [Hash{Symbol, String => Object}] librdkafka's options; values are passed on with `to_s`
    # @raise [TypeError] when config_hash is not a Hash
    def initialize(config_hash = {})
      options = Hash.try_convert(config_hash)
      raise TypeError, "config_hash has to be a Hash, not #{config_hash.class}" unless options

      @config_hash = DEFAULT_CONFIG.merge(options)
      @consumer_rebalance_listener = nil
      @consumer_poll_set = true
      @statistics_callback = @error_callback = @oauthbearer_token_refresh_callback = @log_writer = nil
      self.class.ensure_log_thread
    end

    # Sets an option.
    #
    # @param key [Symbol, String] Symbols and Strings are different keys; the last one set wins
    # @param value [Object]
    def []=(key, value)
      @config_hash[key] = value
    end

    # @param key [Symbol, String]
    # @return [Object, nil] an option's value
    def [](key)
      @config_hash[key]
    end

    # @return [String] with secret values as `[redacted]`; used by `pp` too
    def inspect
      "#<#{self.class} #{Internal::Secrets.redact(@config_hash)}>"
    end

    # @param value [#on_partitions_assigned, #on_partitions_revoked] is called with a frozen
    #   {Consumer::TopicPartitionList} after partitions were assigned or unassigned, on the thread that polls or closes
    #   the consumer; either method may be missing. Exceptions in it are logged. Has to be set before {#consumer} is
    #   called
    attr_writer :consumer_rebalance_listener

    # @param value [Boolean] whether polling a consumer for messages also serves statistics, errors, logs and token
    #   refreshes (the default), instead of {Consumer#events_poll}
    attr_writer :consumer_poll_set

    # Creates a consumer.
    #
    # @param native_kafka_auto_start [Boolean] false to call {Consumer#start} later
    # @return [Consumer]
    # @raise [ConfigError] when librdkafka rejects an option
    # @raise [ClientCreationError] when librdkafka rejects the client
    def consumer(native_kafka_auto_start: true)
      callbacks = new_callbacks(:consumer)
      callbacks.opaque.consumer_rebalance_listener = @consumer_rebalance_listener
      config = native_config
      config.report_rebalances if @consumer_rebalance_listener
      one_queue = @consumer_poll_set ? true : false
      native = created { KarafkaNative::Native::Consumer.new(config, callbacks, one_queue) }
      finish(Consumer.new(native, callbacks, one_queue), native, callbacks, native_kafka_auto_start)
    end

    # Creates a member of a share group.
    #
    # @return [ShareConsumer]
    # @raise [ConfigError] when librdkafka rejects an option, when `group.id` is missing, and when there is a rebalance
    #   listener
    # @raise [ClientCreationError] when librdkafka rejects the client, and with a librdkafka without share groups
    def share_consumer
      if @consumer_rebalance_listener
        raise ConfigError, "`consumer_rebalance_listener` is not supported for share consumers"
      end
      raise ConfigError, "`group.id` is required for share consumers" if option("group.id").to_s.empty?

      implicit = implicit_acknowledgement?
      callbacks = new_callbacks(:share_consumer)
      native = created { KarafkaNative::Native::ShareConsumer.new(native_config, callbacks, implicit) }
      finish(ShareConsumer.new(native, callbacks), native, callbacks, false)
    end

    # Creates a producer.
    #
    # @param native_kafka_auto_start [Boolean] false to call {Producer#start} later
    # @param native_kafka_poll_timeout_ms [Integer] longest wait of the polling thread between checks of its state
    # @param run_polling_thread [Boolean] false to serve delivery reports with {Producer#events_poll_nb_each}
    # @return [Producer]
    # @raise [ArgumentError] for a timeout that is not a number from -1 to 2**31 - 1
    # @raise [ConfigError] when librdkafka rejects an option
    # @raise [ClientCreationError] when librdkafka rejects the client
    def producer(native_kafka_auto_start: true, native_kafka_poll_timeout_ms: Defaults::NATIVE_KAFKA_POLL_TIMEOUT_MS,
      run_polling_thread: true)
      poll_timeout_ms = poll_timeout(native_kafka_poll_timeout_ms)
      callbacks = new_callbacks(:producer)
      native = created { KarafkaNative::Native::Producer.new(native_config, callbacks, callbacks.handles) }
      poller = Internal::PollingThread.new(native, callbacks, poll_timeout_ms) if run_polling_thread
      partitioner = self[:partitioner] || self["partitioner"]
      finish(Producer.new(native, callbacks, poller, partitioner), native, callbacks, native_kafka_auto_start)
    end

    # Creates an admin client.
    #
    # @param native_kafka_auto_start [Boolean] false to call {Admin#start} later
    # @param native_kafka_poll_timeout_ms [Integer] longest wait of the polling thread between checks of its state
    # @param run_polling_thread [Boolean] false to serve events with {Admin#events_poll_nb_each}; results of
    #   operations arrive without polling
    # @return [Admin]
    # @raise [ArgumentError] for a timeout that is not a number from -1 to 2**31 - 1
    # @raise [ConfigError] when librdkafka rejects an option
    # @raise [ClientCreationError] when librdkafka rejects the client
    def admin(native_kafka_auto_start: true, native_kafka_poll_timeout_ms: Defaults::NATIVE_KAFKA_POLL_TIMEOUT_MS,
      run_polling_thread: true)
      poll_timeout_ms = poll_timeout(native_kafka_poll_timeout_ms)
      callbacks = new_callbacks(:admin)
      native = created { KarafkaNative::Native::Admin.new(native_config, callbacks) }
      poller = Internal::PollingThread.new(native, callbacks, poll_timeout_ms) if run_polling_thread
      finish(Admin.new(native, callbacks, poller), native, callbacks, native_kafka_auto_start)
    end

    # All of librdkafka's options with their values in this configuration. Needs no broker.
    #
    # @return [Hash{Symbol => String}] binary Strings; secret values that are set are `[redacted]`
    # @raise [ConfigError] when librdkafka rejects an option
    def describe_properties
      properties = Internal::Secrets.redact(native_config.dump.to_h).transform_keys(&:to_sym)
      properties.merge(UNASSIGNED_STATISTICS.to_sym => unassigned_statistics?.to_s.b)
    end

    private

    # Karafka calls this to validate options.
    #
    # @param _opaque [Object] ignored
    # @return [KarafkaNative::Native::Config]
    # @raise [ConfigError] when librdkafka rejects an option
    def native_config(_opaque = nil)
      native = KarafkaNative::Native::Config.new(tokens_by_callback?)
      unassigned_statistics?
      @config_hash.merge(REQUIRED_CONFIG).each do |key, value|
        name = Internal::Argument.text(key)
        set(native, name, Internal::Argument.text(value)) unless name == UNASSIGNED_STATISTICS
      end
      native
    end

    def set(native, name, value)
      native.set(name, value)
    rescue ConfigError => e
      raise unless Internal::Secrets.secret?(name) && !value.empty? && e.message.include?(value.b)

      raise ConfigError, e.message.gsub(value.b, Internal::Secrets::REDACTED), cause: nil
    end

    # @yieldreturn [Object] the native client
    # @raise [ClientCreationError] without the values of secret options
    def created
      yield
    rescue ClientCreationError => e
      raise ClientCreationError, redaction.call(e.message), cause: nil
    end

    def redaction
      texts = @config_hash.to_h { |name, value| [Internal::Argument.text(name), Internal::Argument.text(value)] }
      Internal::Secrets.redaction(texts)
    end

    # With OIDC, librdkafka fetches tokens itself unless a callback is set, and Karafka always sets one.
    def tokens_by_callback?
      callback = @oauthbearer_token_refresh_callback || self.class.oauthbearer_token_refresh_callback
      !callback.nil? && option("sasl.oauthbearer.method") != "oidc"
    end

    # @return [String, nil] the option's last value, with a Symbol or a String as key
    def option(name)
      key = @config_hash.keys.reverse.find { |candidate| Internal::Argument.text(candidate) == name }
      key && Internal::Argument.text(@config_hash[key])
    end

    # Checked here, because a wrong value would end the polling thread.
    def poll_timeout(milliseconds)
      checked = Internal::Argument.truncated(milliseconds)
      return checked if checked&.between?(-1, MAX_TIMEOUT_MS)

      raise ArgumentError, "native_kafka_poll_timeout_ms has to be a number of ms from -1 to #{MAX_TIMEOUT_MS}, " \
                           "not #{milliseconds.inspect}"
    end

    def new_callbacks(kind)
      Internal::Callbacks.new(
        new_listeners(kind), unassigned_statistics: unassigned_statistics?, redaction: redaction
      )
    end

    # @return [Boolean]
    def implicit_acknowledgement?
      case mode = option("share.acknowledgement.mode") || "implicit"
      when "implicit" then true
      when "explicit" then false
      else
        rest = %(" for "share.acknowledgement.mode": implicit or explicit)
        raise ConfigError, Internal::Text.join('Invalid value "', mode, rest)
      end
    end

    # @return [Boolean]
    def unassigned_statistics?
      case option(UNASSIGNED_STATISTICS)
      when nil, "true", "t", "1" then true
      when "false", "f", "0" then false
      else raise ConfigError, %(Expected bool value for "#{UNASSIGNED_STATISTICS}": true or false).b
      end
    end

    # Starts and registers a client, or closes it if that fails or is left by `throw` or `Thread#kill`.
    def finish(client, native, callbacks, start)
      callbacks.belong_to(client, native.name)
      client.start if start
      finished = Clients.register(client)
    ensure
      close_failed(client) unless finished
    end

    def close_failed(client)
      client.close
    rescue StandardError => e
      Internal::LogWriter.report(self.class.logger, :error, Internal::Text.of_unhandled(e))
    end
  end
end
