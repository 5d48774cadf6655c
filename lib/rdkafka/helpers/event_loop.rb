# frozen_string_literal: true

module Rdkafka
  module Helpers
    # Serving events by an event loop, for clients that may have a polling thread instead.
    module EventLoop
      # Serves delivery reports, statistics, errors, logs and token refreshes, until nothing is left. Does not wait, and
      # holds the GVL; callbacks run on this thread.
      #
      # @yieldparam count [Integer] events served in one round
      # @yieldreturn [Object] `:stop` ends it
      # @return [nil]
      # @raise [Exception] what a callback raises
      # @raise [ClosedProducerError, ClosedAdminError]
      def events_poll_nb_each
        require_open(__method__)
        serve_events { |count| yield count }
      end

      # Tells an event loop of events that {#events_poll_nb_each} would serve: writes `payload` when their queue is no
      # longer empty.
      #
      # @param fd [Integer] file descriptor, preferably non-blocking
      # @param payload [String]
      # @return [nil]
      # @raise [RuntimeError] when there is a polling thread
      # @raise [ClosedInnerError]
      def enable_queue_io_events(fd, payload = "\x01")
        refuse_with_polling_thread
        @native.enable_queue_io_events(fd, payload)
      end

      # Tells an event loop of results of admin operations: writes `payload` for each one.
      #
      # @param fd [Integer] file descriptor, preferably non-blocking
      # @param payload [String]
      # @return [nil]
      # @raise [RuntimeError] when there is a polling thread
      # @raise [ClosedInnerError]
      def enable_background_queue_io_events(fd, payload = "\x01")
        refuse_with_polling_thread
        @native.enable_background_queue_io_events(fd, payload)
      end

      private

      # @raise [RuntimeError]
      def refuse_with_polling_thread
        return unless @poller

        raise "Cannot enable IO events while background polling thread is active. Create the client with " \
              "run_polling_thread: false and poll it yourself."
      end
    end
  end
end
