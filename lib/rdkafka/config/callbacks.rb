# frozen_string_literal: true

# Callbacks and switches that hold for all clients of the process.

require "objspace"

module Rdkafka
  class Config # rubocop:disable Style/Documentation -- in config.rb
    # Everything that can be set for all clients of the process, in one place which subclasses of Config share.
    State = Struct.new(
      :statistics_callback, :error_callback, :oauthbearer_token_refresh_callback, :partitioner_key_uses_bytesize,
      :opaques
    )
    STATE = State.new(partitioner_key_uses_bytesize: false, opaques: ObjectSpace::WeakMap.new)
    private_constant :State, :STATE

    # On which thread a callback runs depends on the client: producers and admins call it on their polling thread,
    # consumers from `poll` or `events_poll`.
    #
    # What a statistics, error or token refresh callback raises comes out of the method that called it (a poll, `flush`,
    # `start`, or the factory method); nothing is lost by it. Out of `close` it comes with the client still open, to be
    # closed again. On a polling thread it ends the thread and is raised in the main thread, so that it does not go
    # unnoticed. What a delivery or acknowledgement callback or a rebalance listener raises is logged and goes no
    # further; what the logger raises is written to standard error.
    class << self
      # @return [#call, nil] gets the statistics, a Hash, of each client with `statistics.interval.ms`
      def statistics_callback
        STATE.statistics_callback
      end

      # What it raises comes out of the method that called it, or ends the polling thread; see {Config}.
      #
      # @param callback [#call, nil]
      # @raise [TypeError] when callback cannot be called
      def statistics_callback=(callback)
        STATE.statistics_callback = callable(callback)
      end

      # @return [#call, nil] gets the {RdkafkaError}s that clients meet in the background
      def error_callback
        STATE.error_callback
      end

      # What it raises comes out of the method that called it, or ends the polling thread; see {Config}.
      #
      # @param callback [#call, nil]
      # @raise [TypeError] when callback cannot be called
      def error_callback=(callback)
        STATE.error_callback = callable(callback)
      end

      # @return [#call, nil] asked for a new OAUTHBEARER token, with the value of `sasl.oauthbearer.config` and the
      #   name of the client; only by clients created after it was set
      def oauthbearer_token_refresh_callback
        STATE.oauthbearer_token_refresh_callback
      end

      # What it raises comes out of the method that called it, the factory method above all, which then leaves no client
      # behind; or it ends the polling thread; see {Config}.
      #
      # @param callback [#call, nil]
      # @raise [TypeError] when callback cannot be called
      def oauthbearer_token_refresh_callback=(callback)
        STATE.oauthbearer_token_refresh_callback = callable(callback)
      end

      # Whether a partition key is hashed in full, as other clients do.
      #
      # By default only as many bytes are hashed as the key has characters. This differs for keys with multi-byte
      # characters, and keeps them on the partitions where earlier releases have put them.
      #
      # @return [Object] what was set last, false by default
      def partitioner_key_uses_bytesize
        STATE.partitioner_key_uses_bytesize
      end

      # @param value [Object] anything truthy to hash all bytes; holds at once and for all producers
      def partitioner_key_uses_bytesize=(value)
        STATE.partitioner_key_uses_bytesize = value
      end

      # @private
      # @return [ObjectSpace::WeakMap{Integer => Opaque}] by the number that stands for a client in native callbacks
      def opaques
        STATE.opaques
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
