# frozen_string_literal: true

module Rdkafka
  class Consumer
    # Waits for a message. Takes a message that is ready without releasing the GVL; releases it only to wait for one.
    #
    # @param timeout_ms [Numeric] timeout in ms; -1 to wait forever
    # @return [Message, nil] nil on timeout
    # @raise [RdkafkaError] an error in place of a message, such as `:partition_eof`
    # @raise [Exception] what a statistics, error or token refresh callback raises; no message is lost
    # @raise [ClosedConsumerError]
    def poll(timeout_ms)
      @native.poll(timeout_ms)
    end

    # Like {#poll}, but holds the GVL; for event loops.
    #
    # @param timeout_ms [Numeric] should be 0: no other Ruby thread runs in that time, one second at most
    # @return [Message, nil]
    # @raise [RdkafkaError, ClosedConsumerError] see {#poll}
    def poll_nb(timeout_ms = 0)
      @native.poll_nb(timeout_ms)
    end

    # Waits for a message, and takes the others that are ready.
    #
    # @param timeout_ms [Numeric] for the first message, in ms; -1 to wait forever
    # @param max_items [Integer]
    # @return [Array<Message, RdkafkaError>] messages, and errors in their order; empty on timeout
    # @raise [ArgumentError] when max_items is not a number in range
    # @raise [Exception] see {#poll}
    # @raise [ClosedConsumerError]
    def poll_batch(timeout_ms, max_items: 100)
      @native.poll_batch(timeout_ms, checked_count(max_items, __method__))
    end

    # Like {#poll_batch}, but holds the GVL; for event loops.
    #
    # @param timeout_ms [Numeric] should be 0: no other Ruby thread runs in that time, one second at most
    # @param max_items [Integer]
    # @return [Array<Message, RdkafkaError>]
    # @raise [ArgumentError, ClosedConsumerError] see {#poll_batch}
    def poll_batch_nb(timeout_ms = 0, max_items: 100)
      @native.poll_batch_nb(timeout_ms, checked_count(max_items, __method__))
    end

    # Yields the messages that are ready, until none is left. Does not wait, and holds the GVL.
    #
    # @yieldparam message [Message]
    # @yieldreturn [Object] `:stop` to end
    # @return [nil]
    # @raise [RdkafkaError] an error in place of a message
    # @raise [ClosedConsumerError]
    def poll_nb_each
      require_open(__method__)
      while (message = @native.poll_nb(0))
        break if yield(message) == :stop
        break if closed?
      end
      nil
    end

    # Polls and yields messages until an empty poll finds the consumer closed.
    #
    # @param timeout_ms [Numeric] of each poll
    # @yieldparam message [Message]
    # @return [nil]
    # @raise [RdkafkaError, ClosedConsumerError] see {#poll}
    def each(timeout_ms: Defaults::CONSUMER_POLL_TIMEOUT_MS)
      while (message = poll(timeout_ms)) || !closed?
        yield message if message
      end
    end

    # Serves statistics, errors, logs and token refreshes of a consumer with `consumer_poll_set = false`.
    #
    # @param timeout_ms [Numeric] how long to wait for the first event, without the GVL; -1 to wait forever
    # @return [Integer] how many were served
    # @raise [Exception] what a callback raises
    # @raise [RuntimeError] on a consumer whose {#poll} serves events
    # @raise [ClosedInnerError]
    def events_poll(timeout_ms = Defaults::CONSUMER_EVENTS_POLL_TIMEOUT_MS)
      refuse_on_one_queue
      @native.events_poll(timeout_ms)
    end

    # Like {#events_poll}, but holds the GVL.
    #
    # @param timeout_ms [Numeric] should be 0: no other Ruby thread runs in that time, one second at most
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
    # @raise [RuntimeError] on a consumer whose {#poll} serves events
    # @raise [ClosedConsumerError]
    def events_poll_nb_each
      require_open(__method__)
      refuse_on_one_queue
      serve_events { |count| yield count }
    end

    # Signals messages, and events that {#events_poll} would serve, to an event loop: writes `payload` when a queue is
    # no longer empty. librdkafka signals one descriptor, so under a fiber scheduler waiting polls of this consumer then
    # look for messages every 5 ms.
    #
    # @param fd [Integer] file descriptor, preferably non-blocking
    # @param payload [String]
    # @return [nil]
    # @raise [ClosedInnerError]
    def enable_queue_io_events(fd, payload = "\x01")
      @native.enable_queue_io_events(fd, payload)
    end

    # Signals results of admin operations to an event loop: writes `payload` for each one.
    #
    # @param fd [Integer] file descriptor, preferably non-blocking
    # @param payload [String]
    # @return [nil]
    # @raise [ClosedInnerError]
    def enable_background_queue_io_events(fd, payload = "\x01")
      @native.enable_background_queue_io_events(fd, payload)
    end

    private

    # librdkafka would abort the process if it found a message in the queue.
    def refuse_on_one_queue
      return if !@one_queue || closed?

      raise "Polling for messages also serves this consumer's events. Set consumer_poll_set = false on its Config to " \
            "poll for them separately."
    end

    def checked_count(max_items, method)
      count = Internal::Argument.truncated(max_items)
      return count if count&.between?(0, 2**31)

      require_open(method)
      raise ArgumentError, "max_items has to be a number from 0 to #{2**31}, got #{max_items.inspect}"
    end
  end
end
