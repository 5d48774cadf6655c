# frozen_string_literal: true

require_relative "consumer/topic_partition_list"
require_relative "share_consumer/message"

module Rdkafka
  # A member of a share group (KIP-932). Made by {Config#share_consumer}; needs brokers of Apache Kafka 4.2 or later.
  #
  # Members of a share group read the same partitions together, and acknowledge record by record. With
  # `share.acknowledgement.mode=implicit` (the default) the records of a poll count as accepted when the next poll or a
  # commit is made; with `explicit` each has to be given to {#acknowledge} before the next poll.
  #
  # Only one thread at a time may use it, whichever it is, and where there is a fiber scheduler only one fiber, while
  # others run: another one gets an {RdkafkaError} `:conflict`.
  # {#events_poll}, {#close}, {#closed?}, {#name} and the token methods may be called at any time.
  #
  # Polls can be interrupted (`Timeout`, `Thread#raise`, `Thread#kill`, signals, callbacks that raise). Records that had
  # been fetched and were not returned are never accepted: the next poll returns them, unless {#unsubscribe} or {#close}
  # gives them back before.
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

    # Set by the driver only.
    #
    # @return [String] such as `rdkafka#consumer-1`, binary; also of a closed consumer
    attr_accessor :name

    # What a finalizer of a share consumer would call. The driver sets none: a native thread closes what was collected
    # open.
    #
    # @private
    # @param state [KarafkaNative::Native::ShareConsumer]
    # @return [Proc] closes the native client, unless it is closed already or was made by another process
    # @raise [TypeError] when state is something else
    def self.finalizer(state)
      unless state.is_a?(KarafkaNative::Native::ShareConsumer)
        raise TypeError, "state has to be a KarafkaNative::Native::ShareConsumer, got #{state.class}"
      end

      ->(_object_id) { new(state, Internal::Callbacks.new).close }
    end

    # Not possible: the driver calls {#acknowledgement_commit_callback=} without a function of its own for each.
    #
    # @private
    # @param callback [#call]
    # @raise [NotImplementedError]
    def self.build_acknowledgement_commit_function(callback)
      raise NotImplementedError, "the driver makes no native function for #{callback.inspect}"
    end

    # Not possible: the driver reads offsets natively and never hands the address of a native list out.
    #
    # @private
    # @param list_ptr [Integer, #address, #to_ptr]
    # @raise [ArgumentError] for every address
    # @raise [TypeError] when list_ptr is no pointer
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

    # Subscribes to topics, instead of those before. Does not wait for partitions. Without the GVL.
    #
    # @param topics [Array<String>] names, taken literally
    # @return [nil]
    # @raise [ArgumentError] without topics, or for a name with a null byte
    # @raise [TypeError] for a topic that is no String
    # @raise [RdkafkaError] `:invalid_arg` for empty and repeated names
    # @raise [ClosedConsumerError]
    def subscribe(*topics)
      raise ArgumentError, "at least one topic is required (an empty subscribe would unsubscribe)" if topics.empty?

      code = @native.subscribe(topics)
      names = Internal::Text.list(topics)
      RdkafkaError.validate!(code, Internal::Text.join("Error subscribing to '", names, "'"))
      nil
    end

    # Ends the subscription, and gives everything back: records of earlier polls are accepted in implicit mode;
    # acknowledgements are sent in explicit mode and what was not acknowledged is released. Waits for the broker, about
    # as long as it holds a fetch back (`fetch.wait.max.ms`), at most `socket.timeout.ms`, without the GVL. Interrupted,
    # it ends the subscription at once, and what a fetch brings afterwards stays locked until the broker's lock ends.
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

    # Waits for records and returns those of one fetch, which may be more than `max.poll.records`. Sends all
    # acknowledgements. Statistics, error and token refresh callbacks run on this thread as they come. Only while there
    # is nothing, the GVL is given up.
    #
    # @param timeout_ms [Numeric] at most, in ms; -1 for ever
    # @return [Array<Message, RdkafkaError>] empty when the time is over. An error stands for a record that could not be
    #   read; it is released
    # @raise [RdkafkaError] `:state` when not subscribed, and in explicit mode while records are not acknowledged; a
    #   fatal error each time
    # @raise [Exception] what a callback raises; no record is lost by it
    # @raise [ClosedConsumerError]
    def poll(timeout_ms = Defaults::SHARE_CONSUMER_POLL_TIMEOUT_MS)
      @native.poll(timeout_ms)
    end

    # Serves statistics, errors, logs, token refreshes and outcomes of commits, and fetches nothing. May be called while
    # another thread polls.
    #
    # @param timeout_ms [Numeric] how long to wait for the first event, without the GVL; -1 for ever
    # @return [Integer] how many were served
    # @raise [Exception] what a callback raises
    # @raise [ClosedConsumerError]
    def events_poll(timeout_ms = Defaults::SHARE_CONSUMER_EVENTS_POLL_TIMEOUT_MS)
      @native.events_poll(timeout_ms)
    end

    # The same with the GVL held.
    #
    # @param timeout_ms [Numeric] better 0: all Ruby threads stand still meanwhile, for a second at most
    # @return [Integer]
    # @raise [ClosedConsumerError]
    def events_poll_nb(timeout_ms = 0)
      @native.events_poll_nb(timeout_ms)
    end

    # Notes what is to be done with a record, for the next poll or commit. Until it is sent it can be changed. Only in
    # explicit mode.
    #
    # @param message [#topic, #partition, #offset]
    # @param type [Symbol] `:accept` when it was processed, `:release` to have it delivered again, `:reject` never to
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

    # Sends acknowledgements (in implicit mode: accepts all records of earlier polls) and waits for the answers, without
    # the GVL. What is not answered in time is sent all the same.
    #
    # @param timeout_ms [Numeric] at most, in ms; -1 for ever, 0 for not at all
    # @return [Consumer::TopicPartitionList, nil] partitions whose {Consumer::Partition#err} tells what became of their
    #   acknowledgements, 7 (`:request_timed_out`) when there was no answer in time; nil when there was nothing to send
    # @raise [RdkafkaError]
    # @raise [Exception] what a callback raises
    # @raise [ClosedConsumerError]
    def commit_sync(timeout_ms = Defaults::SHARE_CONSUMER_COMMIT_SYNC_TIMEOUT_MS)
      @native.commit_sync(timeout_ms)
    end

    # Sends acknowledgements (in implicit mode: accepts all records of earlier polls) without waiting. The outcome comes
    # to the callback. Acknowledgements that a broker would refuse because they precede others that are under way are
    # sent when these are answered, while this consumer is polled.
    #
    # @return [nil]
    # @raise [RdkafkaError]
    # @raise [Exception] what a callback raises
    # @raise [ClosedConsumerError]
    def commit_async
      @native.commit_async
      nil
    end

    # Sets what is called with the outcome of acknowledgements, once for each partition of each request, on the thread
    # that polls, commits, unsubscribes or closes. Methods of this consumer raise `:state` in it, other than those which
    # may be called at any time. If it raises, this is logged.
    #
    # @param callback [#call, nil] called with an Array of `{ topic:, partition:, offsets: }` and an {RdkafkaError} or
    #   nil
    # @raise [TypeError] when it cannot be called
    # @raise [RdkafkaError]
    # @raise [ClosedConsumerError]
    def acknowledgement_commit_callback=(callback)
      raise TypeError, "Callback has to be callable" unless callback.nil? || callback.respond_to?(:call)

      @native.require_open(__method__)
      @native.require_access
      @callbacks.acknowledgement_callback = callback
    end

    # Polls for ever and yields record by record, until the consumer is closed. When the block is left early, the
    # records that were not yielded are what the next poll or iteration begins with. As with `loop`, a `StopIteration`
    # ends it.
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

    # Tells librdkafka that no token could be had; it asks again later.
    #
    # @param reason [String]
    # @return [Integer] 0, or librdkafka's code
    # @raise [ClosedConsumerError]
    def oauthbearer_set_token_failure(reason)
      @native.oauthbearer_set_token_failure(reason)
    end

    # @return [Boolean] whether it is closed, or was made by another process
    def closed?
      @native.closed?
    end

    # Leaves the group, within ten seconds or `socket.timeout.ms`, and frees the client; polls of other threads
    # end. Acknowledgements are sent; all other records are released, in implicit mode also those of earlier polls (see
    # {#unsubscribe} and {#commit_sync}). Without the GVL except for callbacks.
    #
    # Interrupted, it leaves the consumer open, to be closed again. Closing a closed consumer does nothing.
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
