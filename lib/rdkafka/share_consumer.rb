# frozen_string_literal: true

require_relative "consumer/topic_partition_list"
require_relative "share_consumer/message"

module Rdkafka
  # A member of a share group (KIP-932). Created by {Config#share_consumer}; needs brokers of Apache Kafka 4.2 or later.
  #
  # Members of a share group share the records of partitions, and acknowledge each record. With
  # `share.acknowledgement.mode=implicit` (the default), the next poll or commit accepts the records of a poll. With
  # `explicit`, each record has to be passed to {#acknowledge} before the next poll.
  #
  # Only one thread at a time may use it, and only one fiber under a fiber scheduler; others get an {RdkafkaError}
  # `:conflict`. {#events_poll}, {#close}, {#closed?}, {#name} and the token methods may be called at any time.
  #
  # Polls can be interrupted (`Timeout`, `Thread#raise`, `Thread#kill`, signals, callbacks that raise). Fetched records
  # that were not returned are never accepted: the next poll returns them, unless {#unsubscribe} or {#close} releases
  # them first.
  class ShareConsumer
    include Enumerable
    include Helpers::Time
    include Helpers::OAuth
    include Helpers::SASL

    ACKNOWLEDGEMENTS = {
      accept: Bindings::RD_KAFKA_SHARE_ACKNOWLEDGE_TYPE_ACCEPT,
      release: Bindings::RD_KAFKA_SHARE_ACKNOWLEDGE_TYPE_RELEASE,
      reject: Bindings::RD_KAFKA_SHARE_ACKNOWLEDGE_TYPE_REJECT
    }.freeze
    private_constant :ACKNOWLEDGEMENTS

    # Only the driver sets it.
    #
    # @return [String] such as `rdkafka#consumer-1`, binary; available on a closed consumer too
    attr_accessor :name

    # What a finalizer of a share consumer would call. The driver sets none: a native thread closes clients that were
    # collected while open.
    #
    # @private
    # @param state [KarafkaNative::Native::ShareConsumer]
    # @return [Proc] closes the native client, unless it is already closed or was created by another process
    # @raise [TypeError] when state is something else
    def self.finalizer(state)
      unless state.is_a?(KarafkaNative::Native::ShareConsumer)
        raise TypeError, "state has to be a KarafkaNative::Native::ShareConsumer, got #{state.class}"
      end

      ->(_object_id) { new(state, Internal::Callbacks.new).close }
    end

    # Not supported: the driver calls the callback of {#acknowledgement_commit_callback=} without a native function.
    #
    # @private
    # @param callback [#call]
    # @raise [NotImplementedError]
    def self.build_acknowledgement_commit_function(callback)
      raise NotImplementedError, "the driver makes no native function for #{callback.inspect}"
    end

    # Not supported: the driver reads offsets natively and never exposes the address of a native list.
    #
    # @private
    # @param list_ptr [Integer, #address, #to_ptr]
    # @raise [ArgumentError] for every address
    # @raise [TypeError] when list_ptr is not a pointer
    def self.partition_offsets_from_native(list_ptr)
      address = Internal::Address.of(list_ptr)
      raise ArgumentError, format("no native list of this driver at address 0x%x", address)
    end

    # @private
    # @param native [KarafkaNative::Native::ShareConsumer]
    # @param callbacks [Internal::Callbacks]
    def initialize(native, callbacks)
      @native = native
      @callbacks = callbacks
      @name = native.name
      callbacks.opaque.share_consumer = self
    end

    # Subscribes to topics, replacing earlier subscriptions. Does not wait for partitions. Runs without the GVL.
    #
    # @param topics [Array<String>] names, taken literally
    # @return [nil]
    # @raise [ArgumentError] without topics, or for a name with a null byte
    # @raise [TypeError] for a topic that is not a String
    # @raise [RdkafkaError] `:invalid_arg` for empty and repeated names
    # @raise [ClosedConsumerError]
    def subscribe(*topics)
      raise ArgumentError, "at least one topic is required (an empty subscribe would unsubscribe)" if topics.empty?

      code = @native.subscribe(topics)
      names = Internal::Text.list(topics)
      RdkafkaError.validate!(code, Internal::Text.join("Error subscribing to '", names, "'"))
      nil
    end

    # Ends the subscription and returns all records. In implicit mode, records of earlier polls are accepted; in
    # explicit mode, acknowledgements are sent and other records released. Waits for the broker without the GVL, usually
    # for `fetch.wait.max.ms`, for `socket.timeout.ms` at most. If interrupted, the subscription ends at once, and
    # records that a fetch brings afterwards stay locked until the broker's lock expires.
    #
    # @return [nil]
    # @raise [RdkafkaError]
    # @raise [ClosedConsumerError]
    def unsubscribe
      RdkafkaError.validate!(@native.unsubscribe)
      nil
    end

    # @return [Consumer::TopicPartitionList] topics subscribed to, without partitions
    # @raise [RdkafkaError]
    # @raise [ClosedConsumerError]
    def subscription
      code, list = @native.subscription
      RdkafkaError.validate!(code)
      list
    end

    # Waits for records and returns those of one fetch, which may exceed `max.poll.records`. Sends all acknowledgements.
    # Statistics, error and token refresh callbacks run on this thread. Releases the GVL only while there is nothing to
    # return.
    #
    # @param timeout_ms [Numeric] timeout in ms; -1 to wait forever
    # @return [Array<Message, RdkafkaError>] empty on timeout. An error stands for a record that could not be read, and
    #   was released
    # @raise [RdkafkaError] `:state` without a subscription, and in explicit mode while records are not acknowledged; a
    #   fatal error on each call
    # @raise [Exception] what a callback raises; no record is lost
    # @raise [ClosedConsumerError]
    def poll(timeout_ms = Defaults::SHARE_CONSUMER_POLL_TIMEOUT_MS)
      @native.poll(timeout_ms)
    end

    # Serves statistics, errors, logs, token refreshes and results of commits, and fetches nothing. May be called while
    # another thread polls.
    #
    # @param timeout_ms [Numeric] how long to wait for the first event, without the GVL; -1 to wait forever
    # @return [Integer] how many were served
    # @raise [Exception] what a callback raises
    # @raise [ClosedConsumerError]
    def events_poll(timeout_ms = Defaults::SHARE_CONSUMER_EVENTS_POLL_TIMEOUT_MS)
      @native.events_poll(timeout_ms)
    end

    # Like {#events_poll}, but holds the GVL.
    #
    # @param timeout_ms [Numeric] should be 0: no other Ruby thread runs in that time, one second at most
    # @return [Integer]
    # @raise [ClosedConsumerError]
    def events_poll_nb(timeout_ms = 0)
      @native.events_poll_nb(timeout_ms)
    end

    # Sets the acknowledgement of a record, which the next poll or commit sends. It can be changed until then. Only in
    # explicit mode.
    #
    # @param message [#topic, #partition, #offset]
    # @param type [Symbol] `:accept` if it was processed, `:release` to deliver it again, `:reject` to never deliver it
    #   again
    # @return [nil]
    # @raise [ArgumentError] for another type
    # @raise [RdkafkaError] `:state` in implicit mode, and for a record that this consumer does not hold
    # @raise [ClosedConsumerError]
    def acknowledge(message, type = :accept)
      kind = ACKNOWLEDGEMENTS.fetch(type) do
        raise ArgumentError,
          "Unknown acknowledge type: #{type.inspect} (expected one of :accept, :release, :reject)"
      end
      topic = message.topic
      partition = message.partition
      offset = message.offset
      code = @native.acknowledge(topic, partition, offset, kind)
      return if code.zero?

      prefix = Internal::Text.join("Error acknowledging ", Internal::Argument.text(topic), "/#{partition}@#{offset}")
      RdkafkaError.validate!(code, prefix)
      nil
    end

    # Sends acknowledgements (in implicit mode, accepts all records of earlier polls) and waits for the answers without
    # the GVL. After a timeout, the acknowledgements are still sent.
    #
    # @param timeout_ms [Numeric] timeout in ms; -1 to wait forever, 0 to not wait
    # @return [Consumer::TopicPartitionList, nil] partitions, with the result of their acknowledgements as
    #   {Consumer::Partition#err}: 7 (`:request_timed_out`) without an answer in time; nil if there was nothing to send
    # @raise [RdkafkaError]
    # @raise [Exception] what a callback raises
    # @raise [ClosedConsumerError]
    def commit_sync(timeout_ms = Defaults::SHARE_CONSUMER_COMMIT_SYNC_TIMEOUT_MS)
      @native.commit_sync(timeout_ms)
    end

    # Sends acknowledgements (in implicit mode, accepts all records of earlier polls) without waiting. The callback gets
    # the result. A broker would reject acknowledgements of lower offsets than those in flight: they are sent after the
    # answer, while this consumer is polled.
    #
    # @return [nil]
    # @raise [RdkafkaError]
    # @raise [Exception] what a callback raises
    # @raise [ClosedConsumerError]
    def commit_async
      @native.commit_async
      nil
    end

    # Sets the callback for results of acknowledgements. It is called once per partition and request, on the thread that
    # polls, commits, unsubscribes or closes. Inside it, methods of this consumer raise `:state`, except those that may
    # be called at any time. Exceptions in it are logged.
    #
    # @param callback [#call, nil] called with an Array of `{ topic:, partition:, offsets: }` and an {RdkafkaError} or
    #   nil
    # @raise [TypeError] when callback is not callable
    # @raise [RdkafkaError]
    # @raise [ClosedConsumerError]
    def acknowledgement_commit_callback=(callback)
      raise TypeError, "Callback has to be callable" unless callback.nil? || callback.respond_to?(:call)

      @native.require_open(__method__)
      @native.require_access
      @callbacks.acknowledgement_callback = callback
    end

    # Polls and yields records one by one until the consumer is closed. If the block is left early, the next poll or
    # iteration starts with the records that were not yielded. As with `loop`, a `StopIteration` ends the iteration.
    #
    # @yieldparam message [Message, RdkafkaError]
    # @return [nil]
    # @raise [RdkafkaError, Exception] see {#poll}
    def each
      loop do
        record = next_record
        break if record.nil? && closed?

        yield record if record
      end
      nil
    end

    # Reports to librdkafka that there is no token; it asks again later.
    #
    # @param reason [String]
    # @return [Integer] 0, or librdkafka's code
    # @raise [ClosedConsumerError]
    def oauthbearer_set_token_failure(reason)
      @native.oauthbearer_set_token_failure(reason)
    end

    # @return [Boolean] whether it is closed, or was created by another process
    def closed?
      @native.closed?
    end

    # Leaves the group, within ten seconds or `socket.timeout.ms`, and frees the client. Polls of other threads end.
    # Sends acknowledgements and releases all other records, in implicit mode including those of earlier polls (see
    # {#unsubscribe} and {#commit_sync}). Runs without the GVL, except for callbacks.
    #
    # If interrupted, the consumer stays open and can be closed again. Closing a closed consumer does nothing.
    #
    # @return [nil]
    def close
      @native.close
      nil
    end

    # @private
    # @param timeout_ms [Integer, nil]
    # @return [Integer] 0: consumers give up no messages
    def close_at_exit(timeout_ms)
      @native.close_at_exit(timeout_ms) || 0
    end

    private

    def next_record
      @native.next_record(Defaults::SHARE_CONSUMER_POLL_TIMEOUT_MS)
    rescue ClosedConsumerError
      nil
    end
  end
end
