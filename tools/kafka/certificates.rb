# frozen_string_literal: true

require "fileutils"
require "openssl"

class KafkaCluster
  # A certificate authority of the cluster's own, and what it signed, as PEM files:
  # ca.pem; broker.pem (key and certificate); client.pem and client.key.
  class Certificates
    LIFETIME = 30 * 24 * 3600
    private_constant :LIFETIME

    def self.write(directory)
      new(directory).write
    end

    def initialize(directory)
      @directory = directory
      @serial = 0
    end

    def write
      FileUtils.mkdir_p(@directory)
      @ca, @ca_key = issue("karafka-native test CA", "basicConstraints" => "critical,CA:TRUE")
      broker, broker_key = issue("broker", "subjectAltName" => "IP:127.0.0.1,DNS:localhost")
      client, client_key = issue("client", {})
      save("ca.pem", @ca.to_pem)
      save("broker.pem", broker_key.private_to_pem + broker.to_pem) # Kafka reads keys as PKCS #8 only
      save("client.pem", client.to_pem)
      save("client.key", client_key.private_to_pem)
    end

    private

    def save(name, text)
      File.write(File.join(@directory, name), text, perm: 0o600)
    end

    # Signed by the authority, or by itself while there is none.
    def issue(name, extensions)
      key = OpenSSL::PKey::RSA.new(2048)
      certificate = blank(name, key)
      issuer = @ca || certificate
      certificate.issuer = issuer.subject
      factory = OpenSSL::X509::ExtensionFactory.new(issuer, certificate)
      extensions.each { |extension, value| certificate.add_extension(factory.create_ext(extension, value)) }
      certificate.sign(@ca_key || key, OpenSSL::Digest.new("SHA256"))
      [certificate, key]
    end

    def blank(name, key)
      OpenSSL::X509::Certificate.new.tap do |certificate|
        certificate.version = 2
        certificate.serial = (@serial += 1)
        certificate.subject = OpenSSL::X509::Name.new([["CN", name]])
        certificate.public_key = key.public_key
        certificate.not_before = Time.now - 3600 # clocks of virtual machines jump
        certificate.not_after = Time.now + LIFETIME
      end
    end
  end
end
