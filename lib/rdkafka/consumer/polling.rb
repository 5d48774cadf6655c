# frozen_string_literal: true

module Rdkafka
  class Consumer # rubocop:disable Style/Documentation -- documented in consumer.rb
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

    # Yields the messages that are ready, until none is left. Does not wait, and holds the GVL.
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

    private

    # librdkafka aborts the process when it meets a message there.
    def refuse_on_one_queue
      return if !@one_queue || closed?

      raise "Polling for messages also serves this consumer's events. Set consumer_poll_set = false on its Config to " \
            "poll for them separately."
    end

    # `loop` would swallow a StopIteration of the block.
    def loop_until_closed
      yield while true # rubocop:disable Style/InfiniteLoop
    end

    def checked_count(max_items, method)
      count = max_items.is_a?(Float) && max_items.finite? ? max_items.to_i : Internal::Argument.integer(max_items)
      return count if count&.between?(0, 2**31)

      closed_consumer_check(method)
      raise ArgumentError, "max_items has to be a number from 0 to #{2**31}, got #{max_items.inspect}"
    end
  end
end
