# frozen_string_literal: true

require_relative "signal_safe_lock"

module KarafkaNative
  module Internal
    # The clients of one process. It does not keep them from being collected. Thread-safe.
    #
    # @private
    class ClientRegistry
      # Creates an empty registry of the current process.
      def initialize
        @lock = SignalSafeLock.new
        reset
      end

      # Adds a client. In a forked process, first removes the parent's. May be called in signal handlers.
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

      # Yields the clients, closed ones too, in order of registration. If the block raises `StandardError`s, the first
      # one is raised after all clients were yielded.
      #
      # @yieldparam client [Object]
      # @return [nil]
      def each_client
        first_error = nil
        snapshot.each do |client|
          yield client
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

      # Clients are closed outside the lock, because their callbacks may create more clients.
      def snapshot
        @lock.synchronize { own? ? @clients.keys.sort_by { |client| @clients[client] } : [] }
      end
    end
  end
end
