# frozen_string_literal: true

# Callbacks and switches that hold for all clients of the process, or of the Ractor.

module Rdkafka
  class Config # rubocop:disable Style/Documentation -- in config.rb
    # Switches that all Ractors read and only the main one can set.
    module Switches
      @partitioner_key_uses_bytesize = false

      class << self
        # @return [Object]
        attr_accessor :partitioner_key_uses_bytesize
      end
    end
    private_constant :Switches

    # Callbacks hold for the clients of the Ractor that sets them. On which thread they run depends on the client:
    # producers and admins call them on their polling thread, consumers from `poll` or `events_poll`.
    #
    # What a statistics, error or token refresh callback raises comes out of the method that called it (a poll, `flush`,
    # `start`, or the factory method); nothing is lost by it. Out of `close` it comes with the client still open, to be
    # closed again. On a polling thread it ends the thread and is raised in the main thread, so that it does not go
    # unnoticed. What a delivery or acknowledgement callback or a rebalance listener raises is logged and goes no
    # further; what the logger raises is written to standard error.
    class << self
      # @return [#call, nil] gets the statistics, a Hash, of each client with `statistics.interval.ms`
      def statistics_callback
        state.statistics_callback
      end

      # What it raises comes out of the method that called it, or ends the polling thread; see {Config}.
      #
      # @param callback [#call, nil]
      # @raise [TypeError] when callback cannot be called
      def statistics_callback=(callback)
        state.statistics_callback = callable(callback)
      end

      # @return [#call, nil] gets the {RdkafkaError}s that clients meet in the background
      def error_callback
        state.error_callback
      end

      # What it raises comes out of the method that called it, or ends the polling thread; see {Config}.
      #
      # @param callback [#call, nil]
      # @raise [TypeError] when callback cannot be called
      def error_callback=(callback)
        state.error_callback = callable(callback)
      end

      # @return [#call, nil] asked for a new OAUTHBEARER token, with the value of `sasl.oauthbearer.config` and the
      #   name of the client; only by clients created after it was set
      def oauthbearer_token_refresh_callback
        state.oauthbearer_token_refresh_callback
      end

      # What it raises comes out of the method that called it, the factory method above all, which then leaves no client
      # behind; or it ends the polling thread; see {Config}.
      #
      # @param callback [#call, nil]
      # @raise [TypeError] when callback cannot be called
      def oauthbearer_token_refresh_callback=(callback)
        state.oauthbearer_token_refresh_callback = callable(callback)
      end

      # Whether a partition key is hashed in full, as other clients do.
      #
      # By default only as many bytes are hashed as the key has characters. This differs for keys with multi-byte
      # characters, and keeps them on the partitions where earlier releases have put them.
      #
      # @return [Object] what was set last, false by default
      def partitioner_key_uses_bytesize
        Switches.partitioner_key_uses_bytesize
      end

      # @param value [Object] anything truthy to hash all bytes; holds at once and for all producers
      def partitioner_key_uses_bytesize=(value)
        Switches.partitioner_key_uses_bytesize = value
      end

      # @private
      # @return [ObjectSpace::WeakMap{Integer => Opaque}] by the number that stands for a client in native callbacks
      def opaques
        state.opaques
      end

      # @private
      # @return [Internal::RactorState] what all clients of this Ractor share
      def state
        Internal::RactorState.current
      end

      # @private
      # @param callback [#call, nil]
      # @return [#call, nil] callback
      # @raise [TypeError] when callback cannot be called
      def callable(callback)
        return callback if callback.nil? || callback.respond_to?(:call)

        raise TypeError, "Callback has to be callable"
      end
    end
  end
end
