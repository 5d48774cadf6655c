# frozen_string_literal: true

require "json"
require "socket"
require "uri"

# The token endpoint of an OpenID provider, on loopback, for one client and its secret. Its tokens are JSON web tokens
# without a signature, which Kafka takes unless it is told otherwise.
class TokenServer
  class << self
    # @param subject [String] becomes the user
    # @param seconds [Numeric] for which it is valid
    # @return [String]
    def token(subject, seconds = 600)
      now = Time.now.to_f
      parts = [{ alg: "none" }, { sub: subject, iat: now.floor(3), exp: (now + seconds).floor(3) }]
      parts.map { |part| [JSON.generate(part)].pack("m0").tr("+/", "-_").delete("=") }.join(".").concat(".")
    end
  end

  # @return [Queue<Hash{String => String}>] the forms that were sent
  attr_reader :forms

  # @param id [String]
  # @param secret [String]
  def initialize(id, secret)
    @id = id
    @credentials = "Basic #{["#{id}:#{secret}"].pack("m0")}"
    @forms = Queue.new
    @socket = TCPServer.new("127.0.0.1", 0)
    @thread = Thread.new { loop { serve(@socket.accept) } }
  end

  # @return [String]
  def url
    "http://127.0.0.1:#{@socket.addr[1]}/token"
  end

  # @return [void]
  def close
    @thread.kill.join
    @socket.close
  end

  private

  def serve(client)
    head = client.gets("\r\n\r\n")&.lines(chomp: true) or return # only looked whether somebody is here
    headers = head.grep(/: /).to_h { |line| line.split(": ", 2) }.transform_keys(&:downcase)
    @forms << URI.decode_www_form(client.read(Integer(headers["content-length"]))).to_h
    if headers["authorization"] == @credentials
      answer(client, "200 OK", access_token: self.class.token(@id), token_type: "Bearer", expires_in: 600)
    else
      answer(client, "401 Unauthorized", error: "invalid_client", error_description: "who are you?")
    end
  ensure
    client.close
  end

  def answer(client, status, **body)
    body = JSON.generate(body)
    client.write(
      "HTTP/1.1 #{status}\r\nContent-Type: application/json\r\nContent-Length: #{body.bytesize}\r\n" \
      "Connection: close\r\n\r\n#{body}"
    )
  end
end
