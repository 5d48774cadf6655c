# frozen_string_literal: true

module KarafkaNative
  module Internal
    # The Ruby thread that serves delivery reports and events of a producer or admin client.
    #
    # It holds the GVL only to call Ruby code.
    #
    # @private
    class PollingThread
      # The thread. When it has ended, its block refers to nothing: Ruby 3.3 never collects ended threads of Ractors.
      #
      # @param poller [Native::Poller]
      # @param timeout_ms [Integer]
      # @return [Thread]
      def self.run(poller, timeout_ms)
        Thread.new do
          poller.wipe_stack
          poller.run(timeout_ms)
        ensure
          poller = nil
        end
      end

      # @param native [Native::Producer, Native::Admin]
      # @param callbacks [Callbacks]
      # @param timeout_ms [Integer] longest wait between checks of the client's state
      def initialize(native, callbacks, timeout_ms)
        # Weak, because a delivery callback may reference the producer, which the thread must not keep alive.
        weak_callbacks = ObjectSpace::WeakMap.new
        weak_callbacks[0] = callbacks
        @poller = native.poller(weak_callbacks)
        @name = native.name
        @timeout_ms = timeout_ms
        @thread = nil
      end

      # Starts the thread unless it is running.
      #
      # @return [Boolean] whether it was started
      def start
        return false if @thread&.alive?

        @thread = self.class.run(@poller, @timeout_ms)
        @thread.name = "rdkafka.native_kafka##{@name.gsub("rdkafka", "")}"
        # A statistics or error callback that raises is a bug that must not go unnoticed.
        @thread.abort_on_exception = true
        true
      end

      # Waits until the thread ends, unless it is the current one. If an exception in a callback has ended the thread,
      # it is started again, because the last reports have to be served.
      #
      # @param seconds [Float, nil] nil to wait forever
      # @return [nil]
      # @raise [Exception] what a callback raises in the meantime
      def join(seconds)
        return if @thread.nil? || @thread == Thread.current

        start
        @thread.join(seconds)
        nil
      end
    end
  end
end
