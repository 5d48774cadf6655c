# frozen_string_literal: true

require "openssl"
require "socket"
require_relative "trust"

module KarafkaNative
  module CommandLine
    module Doctor
      # A connection to a server, for a few requests that need no login.
      class Channel
        # The server answered, but not in Kafka's protocol.
        class Foreign < StandardError
          # @return [String] the first bytes
          attr_reader :bytes

          # @param bytes [String]
          def initialize(bytes)
            super("an answer that is not Kafka's")
            @bytes = bytes
          end
        end

        CLIENT = "karafka-native doctor"
        LARGEST = 1_000_000
        API_VERSIONS = 18
        # Type and version of the request whose answer has the controller's clock.
        DESCRIBE_QUORUM = [55, 1].freeze
        private_constant :CLIENT, :LARGEST, :API_VERSIONS, :DESCRIBE_QUORUM

        # @param server [Settings::Server]
        # @param settings [Settings] decide whether to use TLS
        # @yieldparam channel [Channel] closed afterwards
        # @return [Object] what the block returns
        # @raise [SystemCallError, SocketError, OpenSSL::SSL::SSLError, EOFError, Foreign]
        def self.open(server, settings)
          Socket.tcp(server.host, server.port) do |socket|
            yield new(settings.tls? ? secured(socket, server, settings) : socket)
          end
        end

        # Certificates are checked afterwards, so that everything wrong with them can be reported.
        def self.secured(socket, server, settings)
          context = OpenSSL::SSL::SSLContext.new
          context.verify_mode = OpenSSL::SSL::VERIFY_NONE
          Trust.new(settings).show_certificate(context)
          secured = OpenSSL::SSL::SSLSocket.new(socket, context)
          secured.hostname = server.host unless server.host.match?(/\A[\d.]+\z|:/)
          secured.connect
        end
        private_class_method :secured

        # @return [OpenSSL::SSL::SSLSocket, Socket]
        attr_reader :socket

        # @param socket [OpenSSL::SSL::SSLSocket, Socket]
        def initialize(socket)
          @socket = socket
        end

        # @return [Hash{Integer => Range}] versions by type of request
        def api_versions
          answer = request(API_VERSIONS, 0, "")
          code, count = answer.unpack("s>l>")
          raise Foreign, answer unless code == 0 && count&.between?(1, 1_000) # rubocop:disable Style/NumericPredicate

          answer.unpack("x6#{"s>3" * count}").each_slice(3).to_h { |type, first, last| [type, first..last] }
        end

        # @return [Boolean] whether the server knows the request that {#controller_time} sends
        def tells_time?
          type, version = DESCRIBE_QUORUM
          api_versions[type]&.cover?(version) || false
        end

        # The controller's clock, from a request about its quorum.
        #
        # @return [Integer, nil] ms since the epoch; nil if it is not in the answer
        def controller_time
          topic = "__cluster_metadata"
          answer = request(*DESCRIBE_QUORUM, [0, 2, topic.bytesize + 1, topic, 2, 0, 0, 0, 0].pack("CCCa*Cl>CCC"))
          # Tags and code, the topic with its name, the partition with its code and its leader, the number of voters.
          at = 1 + 2 + 2 + topic.bytesize + 1 + 4 + 2 + 4 + 4 + 8 + 1
          return if answer.bytesize < at

          code, partition_code, leader, voters = answer.unpack("xs>x#{topic.bytesize + 2}x4x1s>l>x4x8C")
          return unless code.zero? && partition_code.zero?

          times = Array.new(voters - 1) { |index| answer.unpack("l>x8x8q>", offset: at + (index * 29)) }.to_h
          times[leader]
        end

        private

        # @return [String] the answer without the request's number
        def request(type, version, body)
          request = [type, version, 1, CLIENT.bytesize, CLIENT, body].pack("s>s>l>s>a*a*")
          @socket.write([request.bytesize].pack("l>"), request)
          head = @socket.readpartial(4)
          head << @socket.readpartial(4 - head.bytesize) while head.bytesize < 4
          size = head.unpack1("l>")
          raise Foreign, head unless size.between?(4, LARGEST)

          answer = @socket.read(size)
          raise EOFError, "the connection was closed" if answer.nil? || answer.bytesize < size

          answer.byteslice(4..)
        end
      end
    end
  end
end
