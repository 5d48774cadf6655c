# frozen_string_literal: true

require "json"
require "socket"
require_relative "../../../rdkafka"
require_relative "relay"
require_relative "topic_watch"

module KarafkaNative
  module CommandLine
    module Broker
      # The embedded cluster in the foreground. librdkafka's mock brokers choose their own ports, so relays listen on
      # the requested ones, and the brokers advertise the relays.
      class Server
        HOST = "127.0.0.1"
        SIGNALS = %w[INT TERM].freeze
        REPLICAS = 3
        private_constant :HOST, :SIGNALS, :REPLICAS

        # @param options [Options]
        # @param out [IO] for the addresses
        # @param err [IO] for events
        def initialize(options, out:, err:)
          @options = options
          @out = out
          @err = err
          @stop = Thread::Queue.new
        end

        # @return [Integer] exit status, after a signal
        def run
          previous = SIGNALS.to_h { |name| [name, trap(name) { @stop << name }] }
          @listeners = []
          @options.brokers.times { |index| @listeners << listen(index) }
          MockCluster.new(brokers: @options.brokers) { |cluster| serve(cluster) }
          0
        rescue SystemCallError => e
          @err.puts "karafka-native: #{e.message}"
          1
        ensure
          @listeners&.flatten&.each(&:close)
          previous&.each { |name, handler| trap(name, handler) }
        end

        private

        # Both addresses that `localhost` may have, if there is IPv6. Brokers advertise the first.
        def listen(index)
          port = @options.port.zero? ? 0 : @options.port + index
          first = TCPServer.new(HOST, port)
          [first, ipv6(port_of(first))].compact
        rescue Errno::EADDRINUSE
          raise Errno::EADDRINUSE, "port #{port}, which --port can change"
        end

        def ipv6(port)
          TCPServer.new("::1", port)
        rescue SystemCallError
          nil
        end

        def serve(cluster)
          @options.topics.each do |name, partitions|
            replicas = [REPLICAS, @options.brokers].min
            cluster.create_topic(name, partitions: partitions, replication_factor: replicas)
          end
          relays = relays(cluster)
          watch = TopicWatch.new(cluster.bootstrap_servers) { |event| tell(event) } if @options.verbose
          announce
          @stop.pop
        ensure
          watch&.close
          relays&.each(&:close)
        end

        def relays(cluster)
          cluster.bootstrap_servers.split(",").zip(@listeners).map.with_index(1) do |(server, own), id|
            cluster.advertise(id, HOST, port_of(own.first))
            Relay.new(own, server[/\d+\z/].to_i) { |event| tell("broker #{id}: #{event}") if @options.verbose }
          end
        end

        def announce
          addresses = @listeners.map { |own| "#{HOST}:#{port_of(own.first)}" }.join(",")
          @out.puts @options.json ? JSON.generate("bootstrap.servers": addresses) : banner(addresses)
          @out.flush
        end

        def banner(addresses)
          <<~TEXT
            Development broker, listening on

              bootstrap.servers: #{addresses}

            Data is kept only in memory, about 5 MB per partition, and is gone when the broker ends.
            Topics are created on first use, with 4 partitions. Admin requests are not supported. Ctrl-C ends it.
          TEXT
        end

        # A single call, so that threads do not mix their lines.
        def tell(event)
          @err.write("#{Time.now.strftime("%H:%M:%S")} #{event}\n")
        rescue SystemCallError, IOError
          nil # the reader has gone
        end

        def port_of(listener)
          listener.local_address.ip_port
        end
      end
    end
  end
end
