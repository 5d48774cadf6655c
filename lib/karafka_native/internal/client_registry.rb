# frozen_string_literal: true

require_relative "signal_safe_lock"

module KarafkaNative
  module Internal
    # The open clients of one process, without keeping them from being collected. Safe for use by several threads.
    #
    # @private
    class ClientRegistry
      # An empty registry of the current process.
      def initialize
        @lock = SignalSafeLock.new
        reset
      end

      # In a process other than the one that the entries are from, these are forgotten first. May be called in signal
      # handlers.
      #
      # @param client [Object]
      # @return [Object] client
      def add(client)
        @lock.synchronize do
          reset unless own?
          @clients[client] = (@last += 1)
        end
        client
      end

      # Goes through the clients in order of their registration. A `StandardError` of one is kept until all have had
      # their turn; then the first is raised.
      #
      # @yieldparam client [Object] one that is not closed
      # @return [nil]
      def each_open
        first_error = nil
        snapshot.each do |client|
          yield client unless client.closed?
        rescue StandardError => e
          first_error ||= e
        end
        raise first_error if first_error
      end

      private

      def own?
        @pid == Process.pid
      end

      def reset
        @pid = Process.pid
        @last = 0
        @clients = ObjectSpace::WeakMap.new
      end

      # Clients are closed outside of the lock, because their callbacks may create further ones.
      def snapshot
        @lock.synchronize { own? ? @clients.keys.sort_by { |client| @clients[client] } : [] }
      end
    end
  end
end
