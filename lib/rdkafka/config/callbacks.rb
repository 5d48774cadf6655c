# frozen_string_literal: true

module Rdkafka
  class Config
    # Settings that all Ractors read and only the main one can change.
    module Switches
      @partitioner_key_uses_bytesize = false

      class << self
        # @return [Object]
        attr_accessor :partitioner_key_uses_bytesize
      end
    end
    private_constant :Switches

    class << self
      # @return [#call, nil] called with the statistics, a Hash, of each client with `statistics.interval.ms`
      def statistics_callback
        state.statistics_callback
      end

      # {Config} says what happens to an exception in it.
      #
      # @param callback [#call, nil]
      # @raise [TypeError] when callback cannot be called
      def statistics_callback=(callback)
        state.statistics_callback = callable(callback)
      end

      # @return [#call, nil] called with the {RdkafkaError}s of clients in the background
      def error_callback
        state.error_callback
      end

      # {Config} says what happens to an exception in it.
      #
      # @param callback [#call, nil]
      # @raise [TypeError] when callback cannot be called
      def error_callback=(callback)
        state.error_callback = callable(callback)
      end

      # @return [#call, nil] called when a client needs a new OAUTHBEARER token, with the value of
      #   `sasl.oauthbearer.config` and the client's name; only for clients created after it was set
      def oauthbearer_token_refresh_callback
        state.oauthbearer_token_refresh_callback
      end

      # {Config} says what happens to an exception in it. If the factory method raises it, no client is created.
      #
      # @param callback [#call, nil]
      # @raise [TypeError] when callback cannot be called
      def oauthbearer_token_refresh_callback=(callback)
        state.oauthbearer_token_refresh_callback = callable(callback)
      end

      # Whether all bytes of a partition key are hashed, as in other clients.
      #
      # By default, only as many bytes are hashed as the key has characters. So keys with multi-byte characters stay on
      # the partitions that the reference picks for them.
      #
      # @return [Object] the value set last, false by default
      def partitioner_key_uses_bytesize
        Switches.partitioner_key_uses_bytesize
      end

      # @param value [Object] anything truthy to hash all bytes; applies at once, to all producers
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
