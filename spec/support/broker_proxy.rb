# frozen_string_literal: true

require "openssl"
require "socket"

# Stands in front of a broker, like a proxy that speaks TLS or translates addresses.
class BrokerProxy
  # @return [Integer]
  attr_reader :port

  # @param target [String] HOST:PORT
  # @param certificate [OpenSSL::X509::Certificate, nil] lets it speak TLS
  # @param key [OpenSSL::PKey, nil]
  # @yieldparam answer [String] a piece of what the broker has said
  # @yieldreturn [String] what the client is told
  def initialize(target, certificate: nil, key: nil, &translate)
    @target = target.split(":")
    @translate = translate || :itself.to_proc
    @listener = TCPServer.new("127.0.0.1", 0)
    @port = @listener.local_address.ip_port
    if certificate
      @context = OpenSSL::SSL::SSLContext.new
      @context.add_certificate(certificate, key)
    end
    @threads = ThreadGroup.new
    @threads.add(Thread.new { accept })
  end

  # @return [String] for the option `bootstrap.servers`
  def address(host = "127.0.0.1")
    "#{host}:#{port}"
  end

  # @return [void]
  def close
    @threads.list.each(&:kill).each(&:join)
    @listener.close
  end

  private

  def accept
    loop { Thread.new(@listener.accept) { |client| serve(client) } }
  end

  def serve(socket)
    client = @context ? OpenSSL::SSL::SSLSocket.new(socket, @context).accept : socket
    broker = TCPSocket.new(*@target)
    answers = Thread.new { copy(broker, client, &@translate) }
    copy(client, broker, &:itself)
  rescue OpenSSL::SSL::SSLError, SystemCallError
    nil # the client does not like it, or the broker is not there
  ensure
    [socket, broker].compact.each(&:close)
    answers&.join
  end

  def copy(from, to)
    loop { to.write(yield(from.readpartial(65_536))) }
  rescue IOError, SystemCallError, OpenSSL::SSL::SSLError
    nil
  ensure
    [from, to].each { |socket| socket.to_io.close }
  end
end
