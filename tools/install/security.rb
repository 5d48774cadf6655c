# frozen_string_literal: true

# Whether the installed gem knows whom to trust: TLS and OpenID tokens by the certificates of SSL_CERT_FILE and of the
# system, and that it says what is missing for Kerberos. Run it where nothing but Ruby and the gem is:
#
#   ruby tools/install/security.rb           leaves the system's certificates out
#   ruby tools/install/security.rb FILE      adds an authority to the system's FILE of them, on a machine to throw away
require "openssl"
require "rdkafka"
require "socket"
require "tmpdir"
require_relative "../../spec/support/token_server"
require_relative "../kafka/certificates"

SYSTEM = ARGV.first
PATIENCE = 60 # seconds; an emulated processor is slow
Rdkafka::Config.logger = Logger.new(nil)
%w[SSL_CERT_FILE SSL_CERT_DIR].each { |name| ENV.delete(name) }

# Takes TLS from connections and passes them on.
class Relay
  # @return [String]
  attr_reader :address
  # @return [Queue<Boolean>] of each client, whether it trusted
  attr_reader :handshakes

  def initialize(target, directory)
    pem = File.read(File.join(directory, "broker.pem"))
    context = OpenSSL::SSL::SSLContext.new
    context.add_certificate(OpenSSL::X509::Certificate.new(pem), OpenSSL::PKey.read(pem))
    socket = TCPServer.new("127.0.0.1", 0)
    @address = "127.0.0.1:#{socket.addr[1]}"
    @target = target.split(":")
    @handshakes = Queue.new
    Thread.new { loop { pass_on(OpenSSL::SSL::SSLSocket.new(socket.accept, context)) } }
  end

  private

  def pass_on(client)
    Thread.new do
      next client.io.close unless trusted_by?(client)

      server = TCPSocket.new(*@target)
      Thread.new { copy(client, server) }
      copy(server, client)
    end
  end

  # The last word of a handshake is the client's, after it has seen the certificate.
  def trusted_by?(client)
    client.accept
    @handshakes << true
  rescue SystemCallError, OpenSSL::SSL::SSLError
    @handshakes << false
    false
  end

  def copy(source, target)
    IO.copy_stream(source, target)
  rescue IOError, SystemCallError, OpenSSL::SSL::SSLError
    nil # that side has closed
  ensure
    target.close
  end
end

def check(what, right)
  right or abort "#{what}: failed"
  puts "#{what}: yes"
end

def trusts?(broker, directory)
  relay = Relay.new(broker, directory)
  admin = Rdkafka::Config.new("bootstrap.servers": relay.address, "security.protocol": "ssl").admin
  relay.handshakes.pop(timeout: PATIENCE)
ensure
  admin&.close
end

# A client that reaches no broker.
def sasl(mechanism, **)
  Rdkafka::Config.new("bootstrap.servers": "127.0.0.1:1", "security.protocol": "sasl_plaintext",
    "sasl.mechanisms": mechanism, **).admin
end

def asks_for_token?(directory)
  server = TokenServer.new("smoke", "secret")
  provider = Relay.new(server.url[%r{127[^/]+}], directory).address
  admin = sasl("OAUTHBEARER", "sasl.oauthbearer.method": "oidc", "sasl.oauthbearer.client.id": "smoke",
    "sasl.oauthbearer.client.secret": "secret", "sasl.oauthbearer.token.endpoint.url": "https://#{provider}/token")
  server.forms.pop(timeout: PATIENCE)
ensure
  admin&.close
  server&.close
end

def kerberos_message
  sasl("GSSAPI", "sasl.kerberos.kinit.cmd": "true").close # which gets no ticket
  "there"
rescue Rdkafka::Config::ClientCreationError => e
  e.message
end

Dir.mktmpdir do |directory|
  KafkaCluster::Certificates.write(directory)
  authority = File.join(directory, "ca.pem")
  KarafkaNative::MockCluster.new do |cluster|
    broker = cluster.bootstrap_servers.split(",").first
    check("a broker of an authority that is not known is refused", trusts?(broker, directory) == false)
    ENV["SSL_CERT_FILE"] = authority
    check("SSL_CERT_FILE has a broker trusted", trusts?(broker, directory))
    check("SSL_CERT_FILE has a token endpoint trusted", asks_for_token?(directory))
    ENV.delete("SSL_CERT_FILE")
    next unless SYSTEM

    File.write(SYSTEM, File.read(authority), mode: "a")
    check("the system's certificates have a broker trusted", trusts?(broker, directory))
    check("the system's certificates have a token endpoint trusted", asks_for_token?(directory))
  end
end
check("GSSAPI is there, or a client says what to install", kerberos_message.match?(/\Athere\z|; install /))
