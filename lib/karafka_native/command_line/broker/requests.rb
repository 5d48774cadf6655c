# frozen_string_literal: true

module KarafkaNative
  module CommandLine
    module Broker
      # Reports the interesting requests on one connection.
      class Requests
        # Requests that are not reported, because clients send them all the time or to find brokers: Fetch, ListOffsets,
        # Metadata, FindCoordinator, Heartbeat, ApiVersions, OffsetForLeaderEpoch, DescribeCluster,
        # ConsumerGroupHeartbeat, GetTelemetrySubscriptions, PushTelemetry, ShareGroupHeartbeat and ShareFetch.
        QUIET = [1, 2, 3, 10, 12, 18, 23, 60, 68, 71, 72, 76, 78].freeze
        NAMES = {
          0 => "Produce", 8 => "OffsetCommit", 9 => "OffsetFetch", 11 => "JoinGroup", 13 => "LeaveGroup",
          14 => "SyncGroup", 22 => "InitProducerId", 24 => "AddPartitionsToTxn", 25 => "AddOffsetsToTxn",
          26 => "EndTxn", 28 => "TxnOffsetCommit", 79 => "ShareAcknowledge"
        }.freeze
        # Size, type, version, number, and the length of the client's name.
        HEADER_BYTES = 14
        private_constant :QUIET, :NAMES, :HEADER_BYTES

        # @yieldparam event [String]
        def initialize(&tell)
          @tell = tell
          @bytes = "".b
          @client = nil
        end

        # @param chunk [String] the next bytes from the client
        # @return [void]
        def <<(chunk)
          @bytes << chunk
          while @bytes.bytesize >= HEADER_BYTES
            size = [@bytes.unpack1("L>") + 4, HEADER_BYTES].max
            break if @bytes.bytesize < size

            request(@bytes.slice!(0, size))
          end
        end

        # Reports the end of the connection.
        #
        # @return [void]
        def finish
          @tell.call("#{@client} disconnected") if @client
        end

        private

        def request(bytes)
          type, length = bytes.unpack("x4s>x6s>")
          introduce(bytes.byteslice(HEADER_BYTES, [length, 0].max)) unless @client
          return if QUIET.include?(type)

          @tell.call("#{@client}: #{NAMES.fetch(type, "request #{type}")}, #{bytes.bytesize} bytes")
        end

        def introduce(name)
          @client = name.empty? ? "a client without a name" : name.inspect
          @tell.call("#{@client} connected")
        end
      end
    end
  end
end
