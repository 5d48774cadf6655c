# frozen_string_literal: true

require_relative "consumer/headers"
require_relative "consumer/message"
require_relative "consumer/partition"
require_relative "consumer/topic_partition_list"

module Rdkafka
  # Consumes messages. Made by {Config#consumer}.
  #
  # Methods may be called from several threads at once. Whatever waits can be interrupted (`Timeout`, `Thread#raise`,
  # `Thread#kill`, signals), and lets other fibers run where there is a fiber scheduler. A message that had been fetched
  # is returned by the next poll then; a request to a broker goes on by itself, and {#close} waits for its end.
  class Consumer
    include Enumerable
    include Internal::Client
    include Helpers::Time
    include Helpers::OAuth
    include Helpers::SASL
    include Helpers::Metadata
    include Helpers::ListOffsets

    # What a finalizer of a consumer would call. The driver sets none: a native thread closes what was collected open.
    #
    # @private
    # @param native_kafka [KarafkaNative::Native::Consumer]
    # @param queue_holder [Object] without meaning here
    # @return [Proc] closes the native client, unless it is closed already or was made by another process
    # @raise [TypeError] when native_kafka is something else
    def self.finalizer(native_kafka, queue_holder) # rubocop:disable Lint/UnusedMethodArgument
      unless native_kafka.is_a?(KarafkaNative::Native::Consumer)
        raise TypeError, "native_kafka has to be a KarafkaNative::Native::Consumer, got #{native_kafka.class}"
      end

      ->(_object_id) { new(native_kafka, nil, true).close }
    end

    # @private
    # @param native [KarafkaNative::Native::Consumer]
    # @param callbacks [Internal::Callbacks]
    # @param one_queue [Boolean] whether events are served by polling for messages
    def initialize(native, callbacks, one_queue)
      @native = native
      @callbacks = callbacks
      @one_queue = one_queue
      @poller = nil
      @started = false
    end

    # Serves the first events (a token refresh callback is called here, on this thread).
    # {Config#consumer} does it unless told not to. Calling it again does nothing.
    #
    # @return [nil]
    # @raise [ClosedInnerError]
    # @raise [Exception] what a callback raises
    def start
      start_once
    end

    # @return [String] such as `rdkafka#consumer-1`, binary; known for good after the first call
    # @raise [ClosedInnerError]
    def name
      @name ||= @native.name
    end

    # Leaves the group and frees the client; polls of other threads end, other operations are waited for. A rebalance
    # listener hears of the partitions that are given up, on this thread. Without the GVL except for listeners.
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

    # @return [Boolean] whether it is closed, or was made by another process
    def closed?
      @native.closed?
    end

    # Subscribes to topics, instead of those before.
    #
    # @param topics [Array<String>] names, or regular expressions that start with `^`
    # @return [false]
    # @raise [RdkafkaError]
    # @raise [TypeError] for a topic that is no String
    # @raise [ClosedConsumerError]
    def subscribe(*topics)
      closed_consumer_check(__method__)
      code = @native.subscribe(topics)
      names = Internal::Text.list(topics)
      RdkafkaError.validate!(code, Internal::Text.join("Error subscribing to '", names, "'"))
    end

    # Ends the subscription.
    #
    # @return [nil]
    # @raise [RdkafkaError]
    # @raise [ClosedConsumerError]
    def unsubscribe
      closed_consumer_check(__method__)
      RdkafkaError.validate!(@native.unsubscribe)
      nil
    end

    # Stops fetching from partitions.
    #
    # @param list [TopicPartitionList]
    # @return [nil]
    # @raise [RdkafkaTopicPartitionListError]
    # @raise [ClosedConsumerError]
    def pause(list)
      closed_consumer_check(__method__)
      code, answered = @native.pause(checked(list))
      return if code.zero?

      raise RdkafkaTopicPartitionListError.new(code, answered, "Error pausing '#{list.to_h}'")
    end

    # Fetches from paused partitions again.
    #
    # @param list [TopicPartitionList]
    # @return [nil]
    # @raise [RdkafkaError]
    # @raise [ClosedConsumerError]
    def resume(list)
      closed_consumer_check(__method__)
      code, = @native.resume(checked(list))
      RdkafkaError.validate!(code, "Error resume '#{list.to_h}'")
      nil
    end

    # @return [TopicPartitionList] topics subscribed to, without partitions
    # @raise [RdkafkaError]
    # @raise [ClosedConsumerError]
    def subscription
      closed_consumer_check(__method__)
      @native.subscription
    end

    # Consumes from exactly these partitions, without a group deciding.
    #
    # @param list [TopicPartitionList]
    # @return [false]
    # @raise [RdkafkaError]
    # @raise [ClosedConsumerError]
    def assign(list)
      closed_consumer_check(__method__)
      RdkafkaError.validate!(@native.assign(checked(list)), "Error assigning '#{list.to_h}'")
    end

    # @return [TopicPartitionList] partitions that are consumed from
    # @raise [RdkafkaError]
    # @raise [ClosedConsumerError]
    def assignment
      closed_consumer_check(__method__)
      @native.assignment
    end

    # @return [Boolean] whether the partitions were lost without a chance to commit
    # @raise [ClosedConsumerError]
    def assignment_lost?
      closed_consumer_check(__method__)
      @native.assignment_lost?
    end

    # Asks the broker for committed offsets.
    #
    # @param list [TopicPartitionList, nil] nil for the assignment
    # @param timeout_ms [Integer]
    # @return [TopicPartitionList] offset nil where nothing is committed
    # @raise [RdkafkaError]
    # @raise [ClosedConsumerError]
    def committed(list = nil, timeout_ms = Defaults::CONSUMER_COMMITTED_TIMEOUT_MS)
      closed_consumer_check(__method__)
      answered(@native.committed(checked_or_nil(list) || assignment, timeout_ms))
    end

    # @param list [TopicPartitionList, nil] nil for the assignment
    # @return [TopicPartitionList] offsets after the last messages consumed; nil where there was none
    # @raise [RdkafkaError]
    # @raise [ClosedConsumerError]
    def position(list = nil)
      closed_consumer_check(__method__)
      answered(@native.position(checked_or_nil(list) || assignment))
    end

    # Asks the broker for the lowest and the next offset of a partition.
    #
    # @param topic [String]
    # @param partition [Integer]
    # @param timeout_ms [Integer]
    # @return [Array(Integer, Integer)]
    # @raise [RdkafkaError]
    # @raise [ClosedConsumerError]
    def query_watermark_offsets(topic, partition, timeout_ms = Defaults::CONSUMER_QUERY_WATERMARK_TIMEOUT_MS)
      closed_consumer_check(__method__)
      code, low, high = @native.query_watermark_offsets(topic, partition, timeout_ms)
      prefix = Internal::Text.join("Error querying watermark offsets for partition #{partition} of ", Internal::Argument.text(topic))
      RdkafkaError.validate!(code, prefix)
      [low, high]
    end

    # How far behind the end of their partitions offsets are. One request for all of them; with
    # `isolation.level=read_committed` the end is where open transactions begin.
    #
    # @param topic_partition_list [TopicPartitionList] offsets, such as those of {#committed}
    # @param watermark_timeout_ms [Integer]
    # @return [Hash{String => Hash{Integer => Integer}}]
    # @raise [RdkafkaError] `:timed_out` after that time
    # @raise [ClosedConsumerError]
    def lag(topic_partition_list, watermark_timeout_ms = Defaults::CONSUMER_LAG_TIMEOUT_MS)
      closed_consumer_check(__method__)
      known = known_offsets(topic_partition_list)
      ends = end_offsets(known.reject { |_, offsets| offsets.empty? }, watermark_timeout_ms)
      known.to_h do |topic, offsets|
        name = Internal::Argument.text(topic)
        [name, offsets.to_h { |partition, offset| [partition, ends.fetch([name.b, partition]) - offset] }]
      end
    end

    # @param timeout_ms [Integer] how long to wait for it, without the GVL
    # @return [String, nil] the cluster's id
    # @raise [ClosedConsumerError]
    def cluster_id(timeout_ms = Defaults::CONSUMER_CLUSTER_ID_TIMEOUT_MS)
      closed_consumer_check(__method__)
      @native.cluster_id(timeout_ms)
    end

    # @return [String, nil] the id that the group's coordinator gave; empty before joining
    # @raise [ClosedConsumerError]
    def member_id
      closed_consumer_check(__method__)
      @native.member_id
    end

    # Stores the offset after a message for the next commit. Needs `enable.auto.offset.store: false`.
    #
    # @param message [#topic, #partition, #offset]
    # @param metadata [String, nil] kept with the offset
    # @return [nil]
    # @raise [RdkafkaError]
    # @raise [ClosedConsumerError]
    def store_offset(message, metadata = nil)
      closed_consumer_check(__method__)
      RdkafkaError.validate!(@native.store_offset(message.topic, message.partition, message.offset, metadata))
      nil
    end

    # Moves to a message, so that it is consumed next. Does not wait for it.
    #
    # @param message [#topic, #partition, #offset]
    # @return [nil]
    # @raise [RdkafkaError]
    # @raise [ClosedConsumerError]
    def seek(message)
      seek_by(message.topic, message.partition, message.offset)
    end

    # Moves to an offset, which is consumed next. Does not wait for it.
    #
    # @param topic [String]
    # @param partition [Integer]
    # @param offset [Integer] -2 for the beginning, -1 for the end
    # @return [nil]
    # @raise [RdkafkaError]
    # @raise [ClosedConsumerError]
    def seek_by(topic, partition, offset)
      closed_consumer_check(__method__)
      RdkafkaError.validate!(@native.seek(topic, partition, offset))
      nil
    end

    # Asks for the first offsets at or after certain times.
    #
    # @param list [TopicPartitionList] with Times, or ms since the epoch, as offsets
    # @param timeout_ms [Integer]
    # @return [TopicPartitionList] offset -1 where nothing is that late
    # @raise [RdkafkaError]
    # @raise [ClosedConsumerError]
    def offsets_for_times(list, timeout_ms = Defaults::CONSUMER_OFFSETS_FOR_TIMES_TIMEOUT_MS)
      closed_consumer_check(__method__)
      answered(@native.offsets_for_times(checked(list), timeout_ms))
    end

    # Commits offsets.
    #
    # @param list [TopicPartitionList, nil] offsets as they are to be committed; nil for those stored
    # @param async [Boolean] true not to wait for the broker
    # @return [nil]
    # @raise [RdkafkaError] such as `:no_offset` when nothing is stored
    # @raise [ClosedConsumerError]
    def commit(list = nil, async = false)
      closed_consumer_check(__method__)
      RdkafkaError.validate!(@native.commit(checked_or_nil(list), async ? true : false))
      nil
    end

    # Waits for a message. A message that is there is taken without giving up the GVL; only when there is none, other
    # threads run while this one waits.
    #
    # @param timeout_ms [Numeric] at most, in ms; -1 for ever
    # @return [Message, nil] nil when the time is over
    # @raise [RdkafkaError] an error in a message's place, such as `:partition_eof`
    # @raise [Exception] what a statistics, error or token refresh callback raises; no message is lost by it
    # @raise [ClosedConsumerError]
    def poll(timeout_ms)
      @native.poll(timeout_ms)
    end

    # The same with the GVL held, for event loops.
    #
    # @param timeout_ms [Numeric] better 0: all Ruby threads stand still meanwhile, for a second at most
    # @return [Message, nil]
    # @raise [RdkafkaError, ClosedConsumerError] see {#poll}
    def poll_nb(timeout_ms = 0)
      @native.poll_nb(timeout_ms)
    end

    # Waits for a message and takes along what else is there.
    #
    # @param timeout_ms [Numeric] for the first message, in ms; -1 for ever
    # @param max_items [Integer]
    # @return [Array<Message, RdkafkaError>] errors in their place among the messages; empty when the time is over
    # @raise [ArgumentError] when max_items is no number that makes sense
    # @raise [Exception] see {#poll}
    # @raise [ClosedConsumerError]
    def poll_batch(timeout_ms, max_items: 100)
      @native.poll_batch(timeout_ms, checked_count(max_items, __method__))
    end

    # The same with the GVL held, for event loops.
    #
    # @param timeout_ms [Numeric] better 0: all Ruby threads stand still meanwhile, for a second at most
    # @param max_items [Integer]
    # @return [Array<Message, RdkafkaError>]
    # @raise [ArgumentError, ClosedConsumerError] see {#poll_batch}
    def poll_batch_nb(timeout_ms = 0, max_items: 100)
      @native.poll_batch_nb(timeout_ms, checked_count(max_items, __method__))
    end

    # Yields what is there, without waiting, until nothing is left.
    #
    # @yieldparam message [Message]
    # @yieldreturn [Object] `:stop` ends it
    # @return [nil]
    # @raise [RdkafkaError] an error in a message's place
    # @raise [ClosedConsumerError]
    def poll_nb_each
      closed_consumer_check(__method__)
      while (message = @native.poll_nb(0))
        break if yield(message) == :stop
        break if closed?
      end
      nil
    end

    # Serves statistics, errors, logs and token refreshes of a consumer with `consumer_poll_set = false`.
    #
    # @param timeout_ms [Numeric] how long to wait for the first event, without the GVL; -1 for ever
    # @return [Integer] how many were served
    # @raise [Exception] what a callback raises
    # @raise [RuntimeError] on a consumer whose {#poll} does that
    # @raise [ClosedInnerError]
    def events_poll(timeout_ms = Defaults::CONSUMER_EVENTS_POLL_TIMEOUT_MS)
      refuse_on_one_queue
      @native.events_poll(timeout_ms)
    end

    # The same with the GVL held.
    #
    # @param timeout_ms [Numeric] better 0: all Ruby threads stand still meanwhile, for a second at most
    # @return [Integer]
    # @raise [ClosedInnerError]
    def events_poll_nb(timeout_ms = 0)
      refuse_on_one_queue
      @native.events_poll_nb(timeout_ms)
    end

    # Serves statistics, errors, logs and token refreshes of a consumer with `consumer_poll_set = false`, until nothing
    # is left. Does not wait, and holds the GVL; callbacks run on this thread.
    #
    # @yieldparam count [Integer] events served in one round
    # @yieldreturn [Object] `:stop` ends it
    # @return [nil]
    # @raise [Exception] what a callback raises
    # @raise [RuntimeError] on a consumer whose {#poll} does that
    # @raise [ClosedConsumerError]
    def events_poll_nb_each
      closed_consumer_check(__method__)
      refuse_on_one_queue
      while (count = serve_events)
        break if yield(count) == :stop || closed?
      end
      nil
    end

    # Tells an event loop of messages and of what {#events_poll} would serve: `payload` is written when a queue stops
    # being empty.
    #
    # @param fd [Integer] file descriptor, best non-blocking
    # @param payload [String]
    # @return [nil]
    # @raise [ClosedInnerError]
    def enable_queue_io_events(fd, payload = "\x01")
      @native.enable_queue_io_events(fd, payload)
    end

    # Tells an event loop of results of admin operations: `payload` is written for each.
    #
    # @param fd [Integer] file descriptor, best non-blocking
    # @param payload [String]
    # @return [nil]
    # @raise [ClosedInnerError]
    def enable_background_queue_io_events(fd, payload = "\x01")
      @native.enable_background_queue_io_events(fd, payload)
    end

    # Polls for ever and yields each message. Ends when the consumer is found closed after an empty poll.
    #
    # @param timeout_ms [Numeric] of each poll
    # @yieldparam message [Message]
    # @return [nil]
    # @raise [RdkafkaError, ClosedConsumerError] see {#poll}
    def each(timeout_ms: Defaults::CONSUMER_POLL_TIMEOUT_MS)
      loop_until_closed do
        message = poll(timeout_ms)
        next if message.nil? && !closed?
        break unless message

        yield message
      end
    end

    # Who this consumer is in its group right now, for {Producer#send_offsets_to_transaction}, which destroys it. The
    # memory is freed with the pointer at the latest.
    #
    # @private
    # @return [Internal::FFI::Pointer] a null pointer without a group; to be destroyed by
    #   {Bindings.rd_kafka_consumer_group_metadata_destroy}
    # @raise [RdkafkaError] when the consumer has given up its partitions in order to leave the group
    # @raise [ClosedConsumerError]
    def consumer_group_metadata_pointer
      closed_consumer_check(__method__)
      metadata = @native.group_metadata
      metadata ? Internal::GroupMetadataPointer.new(metadata) : Internal::FFI::Pointer::NULL
    end

    # Does not exist any more.
    #
    # @raise [NotImplementedError]
    def each_batch(max_items: 100, bytes_threshold: Float::INFINITY, timeout_ms: 250, yield_on_error: false, &block)
      raise NotImplementedError, "`each_batch` has been removed; take messages by `poll_batch` or `each` instead"
    end

    private

    # librdkafka aborts the process when it meets a message there.
    def refuse_on_one_queue
      return if !@one_queue || closed?

      raise "Polling for messages serves the events of this consumer, too. Set consumer_poll_set = false on its " \
            "Config to poll them separately."
    end

    # `loop` would swallow a StopIteration of the block.
    def loop_until_closed
      yield while true # rubocop:disable Style/InfiniteLoop
    end

    # @return [Hash{String => Hash{Integer => Numeric}}] by topic and partition
    def known_offsets(list)
      topics = list.nil? || list.is_a?(TopicPartitionList) ? list.to_h : Internal::Argument.mapping(list, "list")
      topics.transform_values do |partitions|
        known = Internal::Argument.collection(partitions, "partitions").reject { |given| given.offset.nil? }
        known.to_h { |given| [number(given.partition, "partition"), number(given.offset, "offset")] }
      end
    end

    def number(value, name)
      Internal::Argument.number(value) or raise TypeError, "#{name} has to be a number, not #{value.class}"
    end

    def end_offsets(known, timeout_ms)
      return {} if known.empty?

      request = known.transform_values do |offsets|
        offsets.each_key.map { |partition| { partition: partition, offset: :latest } }
      end
      handle = list_offsets(request, isolation_level: isolation_level)
      handle.wait(max_wait_timeout_ms: timeout_ms).offsets.to_h do |found|
        [[found[:topic], found[:partition]], found[:offset]]
      end
    rescue AbstractHandle::WaitTimeoutError
      code = Bindings::RD_KAFKA_RESP_ERR__TIMED_OUT
      names = Internal::Text.list(known.keys)
      raise RdkafkaError.new(code, Internal::Text.join("Error querying watermark offsets of '", names, "'"))
    end

    def isolation_level
      @isolation_level ||=
        if @native.option("isolation.level") == "read_uncommitted"
          Bindings::RD_KAFKA_ISOLATION_LEVEL_READ_UNCOMMITTED
        else
          Bindings::RD_KAFKA_ISOLATION_LEVEL_READ_COMMITTED
        end
    end

    def checked(list)
      return list if list.is_a?(TopicPartitionList)

      raise TypeError, "list has to be a TopicPartitionList"
    end

    def checked_or_nil(list)
      return list if list.nil? || list.is_a?(TopicPartitionList)

      raise TypeError, "list has to be nil or a TopicPartitionList"
    end

    def checked_count(max_items, method)
      count = max_items.is_a?(Float) && max_items.finite? ? max_items.to_i : Internal::Argument.integer(max_items)
      return count if count&.between?(0, 2**31)

      closed_consumer_check(method)
      raise ArgumentError, "max_items has to be a number from 0 to #{2**31}, got #{max_items.inspect}"
    end

    def answered(code_and_list)
      code, list = code_and_list
      RdkafkaError.validate!(code)
      list
    end

    def closed_consumer_check(method)
      raise ClosedConsumerError, method if closed?
    end
    alias closed_check closed_consumer_check
  end
end
