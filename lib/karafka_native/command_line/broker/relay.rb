# frozen_string_literal: true

require "socket"
require_relative "requests"

module KarafkaNative
  module CommandLine
    module Broker
      # Relays the connections of clients to one broker.
      class Relay
        CHUNK = 65_536
        # Pause after running out of descriptors.
        PAUSE_SECONDS = 0.1
        private_constant :CHUNK, :PAUSE_SECONDS

        # Accepts connections at once, on threads of its own.
        #
        # @param listeners [Array<TCPServer>]
        # @param port [Integer] of the broker, on loopback
        # @yieldparam event [String] called on any of the threads
        def initialize(listeners, port, &tell)
          @listeners = listeners
          @port = port
          @tell = tell
          @threads = ThreadGroup.new # also contains the threads that they start
          listeners.each { |listener| @threads.add(Thread.new { accept(listener) }) }
        end

        # Ends all connections.
        #
        # @return [void]
        def close
          @listeners.each(&:close)
          @threads.list.each(&:kill).each(&:join)
        end

        private

        def accept(listener)
          until listener.closed?
            client = nil
            begin
              client = listener.accept
              Thread.new(client) { |socket| serve(socket) }
            rescue SystemCallError, ThreadError => e
              client&.close
              @tell.call(e.message)
              sleep(PAUSE_SECONDS)
            end
          end
        rescue IOError
          nil # closed in the meantime
        end

        def serve(client)
          broker = TCPSocket.new("127.0.0.1", @port)
          [client, broker].each { |socket| socket.setsockopt(Socket::IPPROTO_TCP, Socket::TCP_NODELAY, 1) }
          answers = Thread.new { copy(broker, client) }
          requests = Requests.new(&@tell)
          copy(client, broker) { |chunk| requests << chunk }
        rescue SystemCallError => e
          @tell.call(e.message)
        ensure
          [client, broker].compact.each(&:close)
          answers&.join
          requests&.finish
        end

        # Copies until one side has closed, then closes the other.
        def copy(from, to)
          chunk = String.new(capacity: CHUNK)
          loop do
            from.readpartial(CHUNK, chunk)
            yield chunk if block_given?
            to.write(chunk)
          end
        rescue IOError, SystemCallError
          begin
            to.shutdown
          rescue IOError, SystemCallError
            nil
          end
        end
      end
    end
  end
end
