# frozen_string_literal: true

module KarafkaNative
  module Internal
    # What consumers, producers and admin clients do alike behind methods of their own. The class that includes it has
    # `@native` and `@started`; `@poller` where it may have a polling thread.
    #
    # @private
    module Client
      private

      # Serves the first events (a token refresh callback is called here, on this thread), then starts the polling
      # thread if there is one.
      #
      # @return [nil]
      # @raise [Rdkafka::ClosedInnerError]
      # @raise [Exception] what a callback raises
      def start_once
        @native.name if @native.closed?
        return if @started

        @started = true
        @native.events_poll_nb(0)
        @poller&.start
        nil
      end

      # Serves what waits in the main queue, holding the GVL.
      #
      # @return [Integer, nil] how many events; nil when there was none
      # @raise [Rdkafka::ClosedInnerError]
      # @raise [Exception] what a callback raises
      def serve_events
        count = @native.events_poll_nb(0)
        count unless count.zero?
      end

      # Interrupted (`Thread#kill` runs nothing but `ensure`), or when a callback raises, the client stays open.
      def poll_again_unless_closed
        yield
      ensure
        @poller&.start if @started && !closed?
      end

      # @raise [RuntimeError]
      def refuse_with_polling_thread
        return unless @poller

        raise "Cannot enable IO events while background polling thread is active. Create the client with " \
              "run_polling_thread: false and poll it yourself."
      end
    end
  end
end
