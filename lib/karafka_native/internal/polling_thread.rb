# frozen_string_literal: true

module KarafkaNative
  module Internal
    # The Ruby thread that serves delivery reports and events of a producer or admin client.
    #
    # It holds the GVL only while there is something that Ruby has to hear of.
    #
    # @private
    class PollingThread
      # @param native [Native::Producer, Native::Admin]
      # @param callbacks [Callbacks]
      # @param timeout_ms [Integer] longest wait between looks at the producer's state
      def initialize(native, callbacks, timeout_ms)
        # Weak, because a delivery callback may see the producer, which the thread must not keep from being collected.
        weak_callbacks = ObjectSpace::WeakMap.new
        weak_callbacks[0] = callbacks
        @poller = native.poller(weak_callbacks)
        @name = native.name
        @timeout_ms = timeout_ms
        @thread = nil
      end

      # Starts the thread unless it runs.
      #
      # @return [Boolean] whether it was started
      def start
        return false if @thread&.alive?

        poller = @poller
        timeout_ms = @timeout_ms
        @thread = Thread.new do
          poller.wipe_stack
          poller.run(timeout_ms)
        end
        @thread.name = "rdkafka.native_kafka##{@name.gsub("rdkafka", "")}"
        # A statistics or error callback that raises is a bug that must not go unnoticed.
        @thread.abort_on_exception = true
        true
      end

      # Waits for the end of the thread, unless it is the caller. One that a callback has ended is started anew: the
      # last reports have to be served, and what the callback has raised was raised already.
      #
      # @param seconds [Float, nil] nil for ever
      # @return [nil]
      # @raise [Exception] what a callback raises meanwhile
      def join(seconds)
        return if @thread.nil? || @thread == Thread.current

        start
        @thread.join(seconds)
        nil
      end
    end
  end
end
