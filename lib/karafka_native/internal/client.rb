# frozen_string_literal: true

module KarafkaNative
  module Internal
    # Shared by consumers, producers and admin clients. The including class has `@native` and `@started`, and `@poller`
    # if it may have a polling thread.
    #
    # @private
    module Client
      private

      # @param method [Symbol] the one that was called
      # @return [void]
      # @raise [Rdkafka::ClosedConsumerError, Rdkafka::ClosedProducerError, Rdkafka::ClosedAdminError]
      def require_open(method)
        @native.require_open(method)
      end

      # Serves the first events (which calls a token refresh callback on this thread), then starts the polling thread,
      # if any. If that fails or is interrupted, the next call does it again.
      #
      # @return [nil]
      # @raise [Rdkafka::ClosedInnerError]
      # @raise [Exception] what a callback raises
      def start_once
        @native.name if @native.closed?
        return if @started

        complete = false
        begin
          @started = true # for calls of the callback and of other threads in the meantime
          @native.events_poll_nb(0)
          @poller&.start
          complete = true
        ensure
          @started = complete
        end
        nil
      end

      # Serves the events in the main queue until none is left, holding the GVL.
      #
      # @yieldparam count [Integer] events served in one round
      # @yieldreturn [Object] `:stop` to end
      # @return [nil]
      # @raise [Rdkafka::ClosedInnerError]
      # @raise [Exception] what a callback raises
      def serve_events
        until (count = @native.events_poll_nb(0)).zero?
          break if yield(count) == :stop || closed?
        end
        nil
      end

      # The client stays open if the block is interrupted or a callback raises. `Thread#kill` runs only `ensure`.
      def poll_again_unless_closed
        yield
      ensure
        poll_again if @started && !closed?
      end

      def poll_again
        @poller&.start
      rescue ThreadError
        # When the process ends, it kills this thread and allows no new ones.
        raise unless Thread.current.status == "aborting"
      end
    end
  end
end
