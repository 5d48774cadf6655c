# frozen_string_literal: true

module KarafkaNative
  # What consumers, producers and admin clients have in common. The class that includes it has `@native`.
  #
  # @private
  module Client
    # How long the end of the process waits for what other threads are doing with a client, in ms: they are ended next.
    OTHERS_AT_EXIT_MS = 500
    private_constant :OTHERS_AT_EXIT_MS

    # Starts the client: serves the first events (a token refresh callback is called here, on this thread), then starts
    # the polling thread if there is one. Calling it again does nothing.
    #
    # @return [nil]
    # @raise [Rdkafka::ClosedInnerError]
    # @raise [Exception] what a callback raises
    def start
      @native.name if @native.closed?
      return if @started

      @started = true
      @native.events_poll_nb(0)
      @poller&.start
      nil
    end

    # @return [String] such as `rdkafka#producer-1`, binary; known for good after the first call
    # @raise [Rdkafka::ClosedInnerError]
    def name
      @name ||= @native.name
    end

    # Serves the main queue until nothing is left, holding the GVL. Callbacks run on the calling thread.
    #
    # @yieldparam count [Integer] events served in one round
    # @yieldreturn [Object] `:stop` ends it
    # @return [nil]
    # @raise [Exception] what a callback raises
    def events_poll_nb_each
      closed_check(__method__)
      refuse_on_one_queue
      loop do
        count = @native.events_poll_nb(0)
        break if count.zero?
        break if yield(count) == :stop
        break if closed?
      end
      nil
    end

    # Signals events of the main queue to an event loop: `payload` is written when the queue stops being empty.
    #
    # @param fd [Integer] file descriptor, best non-blocking
    # @param payload [String]
    # @return [nil]
    # @raise [Rdkafka::ClosedInnerError]
    def enable_queue_io_events(fd, payload = "\x01")
      refuse_with_polling_thread
      @native.enable_queue_io_events(fd, payload)
    end

    # Signals results of admin operations to an event loop: `payload` is written for each.
    #
    # @param fd [Integer] file descriptor, best non-blocking
    # @param payload [String]
    # @return [nil]
    # @raise [Rdkafka::ClosedInnerError]
    def enable_background_queue_io_events(fd, payload = "\x01")
      refuse_with_polling_thread
      @native.enable_background_queue_io_events(fd, payload)
    end

    private

    def remaining_ms(deadline)
      deadline && [deadline - monotonic_now_ms, 0].max
    end

    # @param timeout_ms [Integer, nil] nil for ever
    def time_for_others_ms(timeout_ms)
      timeout_ms && [timeout_ms, OTHERS_AT_EXIT_MS].min
    end

    # Consumers may have messages in the queue of their events.
    def refuse_on_one_queue; end

    def refuse_with_polling_thread
      return unless @poller

      raise "Cannot enable IO events while background polling thread is active. Create the client with " \
            "run_polling_thread: false and poll it yourself."
    end
  end
end
