# frozen_string_literal: true

require_relative "producer/deliveries"
require_relative "producer/delivery_handle"
require_relative "producer/delivery_report"
require_relative "producer/partitions_count_cache"
require_relative "producer/transactions"

module Rdkafka
  # Produces messages. Created by {Config#producer}.
  #
  # Methods may be called from several threads at once. Methods that wait can be interrupted (`Timeout`, `Thread#raise`,
  # `Thread#kill`, signals), and let other fibers run under a fiber scheduler.
  class Producer
    include Internal::Client
    include Helpers::EventLoop
    include Helpers::Time
    include Helpers::OAuth
    include Helpers::SASL
    include Helpers::Metadata

    # librdkafka rejected a topic.
    class TopicHandleCreationError < RuntimeError
    end

    # librdkafka's default partitioner.
    DEFAULT_PARTITIONER = "consistent_random"
    UNASSIGNED = Bindings::RD_KAFKA_PARTITION_UA
    private_constant :DEFAULT_PARTITIONER, :UNASSIGNED

    class << self
      # @return [PartitionsCountCache] of all clients of the process, or of the Ractor
      def partitions_count_cache
        Internal::RactorState.current.partitions_count_cache
      end

      # @param partitions_count_cache [PartitionsCountCache] replaces the previous one
      def partitions_count_cache=(partitions_count_cache)
        Internal::RactorState.current.partitions_count_cache = partitions_count_cache
      end

      # Waits for many deliveries at once, of one or several producers. Other threads run in the meantime, and other
      # fibers under a fiber scheduler. Can be interrupted and called again.
      #
      # @param handles [Array<DeliveryHandle>, Enumerable<DeliveryHandle>]
      # @param max_wait_timeout_ms [Numeric, nil] timeout for all of them together, in ms; nil to wait forever
      # @return [Deliveries] their reports in order, the failed ones, and the pending ones
      # @raise [TypeError] when one of them is not a {DeliveryHandle}
      def wait_all(handles, max_wait_timeout_ms: Defaults::HANDLE_WAIT_TIMEOUT_MS)
        handles = array(handles)
        Deliveries.new(handles, *KarafkaNative::Native.wait_for_deliveries(handles, max_wait_timeout_ms))
      end

      private

      # @return [Array] a copy that nobody else changes
      def array(handles)
        given = Array.try_convert(handles) || handles
        return [*given] if given.is_a?(Enumerable) && !given.is_a?(Struct)

        raise TypeError, "handles has to be an Array, not #{handles.class}"
      end
    end

    # @private
    # @param native [KarafkaNative::Native::Producer]
    # @param callbacks [Internal::Callbacks]
    # @param poller [Internal::PollingThread, nil]
    # @param partitioner [String, Symbol, nil]
    def initialize(native, callbacks, poller, partitioner = nil)
      @native = native
      @callbacks = callbacks
      @poller = poller
      @partitioner = partitioner || DEFAULT_PARTITIONER
      @partitions_every_message = false
      @started = false
    end

    # Serves the first events (which calls a token refresh callback on this thread), then starts the polling thread, if
    # any. {Config#producer} does it unless told otherwise. Further calls do nothing.
    #
    # @return [nil]
    # @raise [ClosedInnerError]
    # @raise [Exception] what a callback raises
    def start
      start_once
    end

    # @return [String] such as `rdkafka#producer-1`, binary; cached after the first call
    # @raise [ClosedInnerError]
    def name
      @name ||= @native.name
    end

    # @return [#call, nil] the callback set by {#delivery_callback=}
    def delivery_callback
      @callbacks.delivery_callback
    end

    # @return [Integer, nil] how many arguments the callback takes
    def delivery_callback_arity
      @callbacks.delivery_callback_arity
    end

    # Sets the callback for deliveries. Depending on how many arguments it takes, it is called with none, the
    # {DeliveryReport}, or the report and the {DeliveryHandle}. The report's `error` is librdkafka's code, 0 for
    # success.
    #
    # It runs on the polling thread, or on a thread in {#flush}, {#purge} or {#events_poll_nb_each}. Exceptions in it
    # are logged.
    #
    # @param callback [#call]
    # @raise [TypeError] when callback cannot be called
    def delivery_callback=(callback)
      raise TypeError, "Callback has to be callable" unless callback.respond_to?(:call)

      arity = arity(callback)
      @callbacks.delivery(callback, arity)
      @native.report_deliveries(!arity.between?(0, 1))
    end

    # @private
    # @param callback [#call]
    # @return [Integer] its arity, as in `Method#arity`
    def arity(callback)
      callback.respond_to?(:arity) ? callback.arity : callback.method(:call).arity
    end

    # Calls the delivery callback, if there is one, with as many arguments as it takes.
    #
    # @private
    # @param delivery_report [DeliveryReport]
    # @param delivery_handle [DeliveryHandle]
    def call_delivery_callback(delivery_report, delivery_handle)
      return unless delivery_callback

      count = delivery_callback_arity.between?(0, 1) ? delivery_callback_arity : 2
      arguments = [delivery_report, delivery_handle].first(count)
      delivery_callback.call(*arguments)
    end

    # @return [String, Symbol, #call] how {#produce} picks partitions, set by {#partitioner=} or the option
    #   `partitioner`
    attr_reader :partitioner

    # Sets how {#produce} picks partitions.
    #
    # The name of one of librdkafka's partitioners applies to partition keys. A callable object is called for each
    # message with `partition_key:` or without `partition:`, with the topic, `partition_key` or else `key` (nil without
    # either), and the number of partitions that {#partition_count} returns; it returns the partition. It runs inside
    # {#produce}, possibly on several threads at once. If it raises, {#produce} raises and does not queue the message.
    # It is not called while the topic is unknown, or for a message with a `partitioner:` of its own.
    #
    # @example
    #   producer.partitioner = ->(topic, key, count) { key ? Zlib.crc32(key) % count : 0 }
    # @param partitioner [String, Symbol, #call]
    # @raise [TypeError] when partitioner is neither a name nor callable
    def partitioner=(partitioner)
      named = partitioner.is_a?(Symbol) || !String.try_convert(partitioner).nil?
      raise TypeError, "Partitioner has to be a name or callable" unless named || partitioner.respond_to?(:call)

      @partitioner = partitioner
      @partitions_every_message = !named
    end

    # Sets a topic's options for messages produced with the same `topic_config`. Does so once per topic and options.
    #
    # @param topic [String]
    # @param config [Hash] options
    # @param config_hash [Integer] identifies them
    # @return [nil]
    # @raise [Config::ConfigError] when librdkafka rejects an option
    # @raise [TopicHandleCreationError] when librdkafka rejects the topic
    # @raise [ClosedInnerError]
    def set_topic_config(topic, config, config_hash)
      @native.configure_topic(topic, config_hash, Internal::Argument.options(config, "config"))
    end

    # Queues a message and returns at once; the handle gets the result. With `partition_key` or a callable partitioner,
    # it first asks a broker for the number of partitions, unless that is cached: see {#partition_count}.
    #
    # @param topic [String]
    # @param payload [String, nil] nil for a tombstone
    # @param key [String, nil]
    # @param partition [Integer, nil, false] nil or false for the partitioner
    # @param partition_key [String, nil, false] picks the partition, instead of `partition`, if the topic is known
    # @param timestamp [Time, Integer, nil] Integers are ms since the epoch
    # @param headers [Hash, nil, false] an Array value gives several headers of that name
    # @param label [Object, nil] returned by the handle and the report
    # @param topic_config [Hash] topic options for this message, such as `"message.timeout.ms"`
    # @param partitioner [String, Symbol, #call] for this message, see {#partitioner=}
    # @return [DeliveryHandle]
    # @raise [RdkafkaError] such as `:queue_full` or `:msg_size_too_large`
    # @raise [TypeError, ArgumentError, NoMethodError] for arguments of the wrong kind
    # @raise [TypeError, RangeError] when the application's partitioner does not return a partition of the topic
    # @raise [ClosedProducerError]
    def produce(topic:, payload: nil, key: nil, partition: nil, partition_key: nil, timestamp: nil, headers: nil,
      label: nil, topic_config: :not_provided, partitioner: :not_provided)
      # Literal defaults are free; others took a quarter of this method's time.
      config = 0
      if partition_key || @partitions_every_message || topic_config != :not_provided || partitioner != :not_provided
        require_open(__method__)
        # Checked here, before the partition count is requested or a topic is configured.
        Internal::Argument.bytes(payload, "payload") unless payload.nil?
        Internal::Argument.bytes(key, "key") unless key.nil?
        topic_config = topic_config == :not_provided ? {} : Internal::Argument.mapping(topic_config, "topic_config")
        config = configure(topic, topic_config)
        partitioner = @partitioner if partitioner == :not_provided
        partitioner = topic_config[:partitioner] || partitioner
        partition = partition_for(topic, key, partition_key, partition, partitioner)
      end

      @native.produce(topic, payload, key, partition, timestamp, headers, label, config)
    end

    # Sends queued messages, and waits for their delivery and until the delivery callback has returned for each of them
    # (except for the one that it is called in). Can be interrupted.
    #
    # @param timeout_ms [Integer] -1 to wait forever
    # @return [Boolean] false on timeout
    # @raise [RdkafkaError]
    # @raise [ClosedProducerError]
    def flush(timeout_ms = Defaults::PRODUCER_FLUSH_TIMEOUT_MS)
      require_open(__method__)
      @native.flush(timeout_ms)
    end

    # Gives up all undelivered messages, and waits until their handles have the error.
    #
    # @return [true]
    # @raise [RdkafkaError]
    # @raise [ClosedProducerError]
    def purge
      require_open(__method__)
      RdkafkaError.validate!(@native.purge)
      sleep(Defaults::PRODUCER_PURGE_SLEEP_INTERVAL_MS / 1000.0) until flush(Defaults::PRODUCER_PURGE_FLUSH_TIMEOUT_MS)
      true
    end

    # @return [Integer] number of waiting messages and events
    # @raise [ClosedProducerError]
    def queue_size
      @native.queue_size
    end
    alias queue_length queue_size

    # The number of a topic's partitions, cached for {Defaults::PARTITIONS_COUNT_CACHE_TTL_MS}.
    #
    # @param topic [String]
    # @return [Integer] -1 for an unknown topic
    # @raise [RdkafkaError] when it cannot be determined
    # @raise [TypeError] when topic is not a String
    # @raise [ClosedProducerError]
    def partition_count(topic)
      require_open(__method__)
      name = String.try_convert(topic) or raise TypeError, "topic has to be a String, not #{topic.class}"

      self.class.partitions_count_cache.get(name) { asked_partition_count(name) }
    rescue RdkafkaError => e
      raise unless e.code == :unknown_topic_or_part

      self.class.partitions_count_cache.set(name, Bindings::RD_KAFKA_PARTITION_UA)
      Bindings::RD_KAFKA_PARTITION_UA
    end

    # Frees the client once all messages are delivered or have failed. Without a polling thread, nobody serves their
    # reports, so undelivered messages are given up and their handles get an error.
    #
    # If interrupted, the producer stays open and can be closed again. Closing a closed producer does nothing.
    #
    # @return [nil]
    def close
      poll_again_unless_closed { @native.close(@poller) }
      nil
    end

    # @private
    # @param timeout_ms [Integer, nil] how long to wait for deliveries
    # @return [Integer] number of messages given up
    def close_at_exit(timeout_ms)
      poll_again_unless_closed { @native.close_at_exit(timeout_ms, @poller) } || 0
    end

    # @return [Boolean] whether it is closed or being closed, or was created by another process
    def closed?
      @native.closed?
    end

    private

    # @return [Integer] the hash that identifies the options
    def configure(topic, topic_config)
      hash = topic_config.hash
      return 0 if topic_config.empty?

      set_topic_config(topic, topic_config, hash)
      hash
    end

    def asked_partition_count(topic)
      found = Rdkafka::Metadata.new(@native, topic).topics.find { |candidate| candidate[:topic_name] == topic.b }
      found ? found[:partition_count] : Bindings::RD_KAFKA_PARTITION_UA
    end

    # @return [Integer, nil] nil for librdkafka's own choice
    def partition_for(topic, key, partition_key, partition, partitioner)
      own = partitioner.respond_to?(:call)
      return partition unless partition_key || (own && (partition || UNASSIGNED) == UNASSIGNED)

      hashed = String.try_convert(partition_key)
      raise TypeError, "partition_key has to be a String, got #{partition_key.inspect}" if partition_key && !hashed

      count = partition_count(topic)
      return partition unless count.positive?
      return picked(partitioner.call(topic, hashed || key, count), count) if own

      hashed = hashed.byteslice(0, Bindings.partition_key_length(hashed))
      hashed = nil if hashed.empty?
      KarafkaNative::Native.partition(Internal::Argument.text(partitioner), hashed, count) || Random.rand(count)
    end

    # @return [Integer] the partition that the application's partitioner returned
    def picked(partition, count)
      number = Internal::Argument.integer(partition)
      raise TypeError, "the partitioner has to return an Integer, not #{partition.inspect}" unless number
      return number if number.between?(0, count - 1)

      raise RangeError, "the partitioner returned #{number} for a topic of #{count} partitions"
    end
  end
end
