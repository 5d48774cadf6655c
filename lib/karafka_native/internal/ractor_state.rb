# frozen_string_literal: true

module KarafkaNative
  module Internal
    # The state that all clients of a Ractor share. Ractors cannot share mutable objects.
    #
    # @private
    class RactorState
      class << self
        # @return [RactorState] of this Ractor
        def current
          Native.ractor_state || Native.keep_ractor_state(new)
        end
      end

      # @return [#call, nil]
      attr_accessor :statistics_callback, :error_callback, :oauthbearer_token_refresh_callback

      # @return [Rdkafka::Producer::PartitionsCountCache]
      attr_accessor :partitions_count_cache

      # @return [LogWriter]
      attr_reader :log_writer

      # @return [ClientRegistry] the open clients
      attr_reader :clients

      # @return [Hash{Integer => Rdkafka::AbstractHandle}] handles that were registered by hand
      attr_reader :handles

      # @return [ObjectSpace::WeakMap{Integer => Rdkafka::Opaque}] by the number that identifies a client in callbacks
      attr_reader :opaques

      def initialize
        @statistics_callback = @error_callback = @oauthbearer_token_refresh_callback = nil
        @partitions_count_cache = Rdkafka::Producer::PartitionsCountCache.new
        @log_writer = LogWriter.new
        @clients = ClientRegistry.new
        @handles = {}
        @opaques = ObjectSpace::WeakMap.new
      end
    end
  end
end
