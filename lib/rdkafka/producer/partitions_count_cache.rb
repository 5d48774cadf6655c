# frozen_string_literal: true

require_relative "../defaults"
require_relative "../helpers/time"

module Rdkafka
  class Producer
    # Caches how many partitions topics have.
    #
    # A topic's partitions are only ever added to, so a higher count replaces the entry at once. A lower count is taken
    # for the view of an outdated broker until the entry has expired. Thread-safe.
    class PartitionsCountCache
      include Helpers::Time

      # @param ttl [Numeric] seconds; deprecated in favour of ttl_ms
      # @param ttl_ms [Numeric] milliseconds after which an entry is looked up again
      # @raise [TypeError] when the time is not a number
      def initialize(ttl = :not_provided, ttl_ms: :not_provided)
        @counts = {}
        @lock = Internal::SignalSafeLock.new
        @ttl_ms = choose_ttl_ms(ttl, ttl_ms)
      end

      # Looks up a count.
      #
      # @param topic [String]
      # @yieldreturn [Integer] the current count; called only without an unexpired entry
      # @return [Integer] the cached count; not always the one from the block, because another thread may have set a
      #   higher one
      # @raise [TypeError] when the block does not return an Integer
      def get(topic)
        stamp, count = @counts[topic]
        return count if stamp && !expired?(stamp, monotonic_now_ms)

        looked_up = yield
        set(topic, looked_up)
        _stamp, count = @counts[topic]
        count || looked_up
      end

      # Sets a count, unless it is lower than an unexpired one. Renews the entry in any case.
      #
      # @param topic [String]
      # @param new_count [Integer]
      # @raise [TypeError] when new_count is not an Integer
      def set(topic, new_count)
        offered = Internal::Argument.integer(new_count)
        raise TypeError, "count has to be an Integer, got #{new_count.inspect}" unless offered

        @lock.synchronize do
          now = monotonic_now_ms
          stamp, count = @counts[topic]
          keep = stamp && count > offered && !expired?(stamp, now)
          @counts[topic] = [now, keep ? count : offered]
        end
      end

      # @return [Hash{String => Array(Integer, Integer)}] monotonic time in milliseconds and count by topic; not a copy
      def to_h
        @counts
      end

      private

      def expired?(stamp, now)
        now - stamp > @ttl_ms
      end

      def choose_ttl_ms(ttl, ttl_ms)
        if ttl == :not_provided
          return Defaults::PARTITIONS_COUNT_CACHE_TTL_MS if ttl_ms == :not_provided

          return Internal::Argument.number(ttl_ms, "ttl_ms")
        end
        return deprecated_seconds(ttl) if ttl_ms == :not_provided

        warn "DEPRECATION WARNING: PartitionsCountCache got ttl and ttl_ms; ttl is deprecated, ttl_ms is used."
        Internal::Argument.number(ttl_ms, "ttl_ms")
      end

      def deprecated_seconds(ttl)
        warn "DEPRECATION WARNING: ttl (seconds) of PartitionsCountCache is deprecated, use ttl_ms (milliseconds)."
        (Internal::Argument.number(ttl, "ttl") * 1_000).to_i
      end
    end
  end
end
