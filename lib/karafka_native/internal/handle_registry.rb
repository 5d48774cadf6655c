# frozen_string_literal: true

module KarafkaNative
  module Internal
    # Finds pending handles, for tools and tests, at no cost for producing. It behaves like a Hash from `object_id` to
    # handle.
    #
    # @private
    class HandleRegistry
      include Enumerable

      # @param key [Integer]
      # @param handle [Rdkafka::AbstractHandle]
      def []=(key, handle)
        registered[key] = handle
      end

      # @param key [Integer]
      # @return [Rdkafka::AbstractHandle, nil]
      def [](key)
        to_h[key]
      end

      # @param key [Integer]
      # @return [Rdkafka::AbstractHandle, nil]
      def delete(key)
        registered.delete(key)
      end

      # @return [Hash{Integer => Rdkafka::AbstractHandle}]
      def to_h
        pending = ObjectSpace.each_object(Rdkafka::AbstractHandle).select(&:awaited?)
        pending.to_h { |handle| [handle.object_id, handle] }.merge(registered)
      end

      # @yieldparam key [Integer]
      # @yieldparam handle [Rdkafka::AbstractHandle]
      def each(&)
        to_h.each(&)
      end

      # @yieldparam handle [Rdkafka::AbstractHandle]
      def each_value(&)
        values.each(&)
      end

      # @return [Array<Rdkafka::AbstractHandle>]
      def values
        to_h.values
      end

      # @return [Array<Integer>]
      def keys
        to_h.keys
      end

      # @return [Integer]
      def size
        to_h.size
      end
      alias length size

      # @return [Boolean]
      def empty?
        size.zero?
      end

      # Removes handles that were registered by hand.
      def clear
        registered.clear
        self
      end

      private

      def registered
        RactorState.current.handles
      end
    end
  end
end
