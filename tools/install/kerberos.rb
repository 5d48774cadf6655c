# frozen_string_literal: true

# Whether GSSAPI works: sends a message to a broker of its own, which lets nobody in without a ticket from a Kerberos
# server of its own. It needs krb5-kdc, krb5-admin-server, krb5-user and libsasl2-modules-gssapi-mit (apt), and what
# bin/kafka needs.
require "rdkafka"
require "tmpdir"
require_relative "realm"

Rdkafka::Config.logger = Logger.new(nil)

# A broker whose SASL listener knows only GSSAPI.
class KerberosBroker
  Cluster = Struct.new(:brokers, :options)
  PRINCIPAL = "kafka/127.0.0.1"

  def initialize(directory, keytab)
    listeners = %w[plaintext controller sasl]
    @broker = KafkaCluster::Broker.new(directory, id: 1, ports: listeners.zip(KafkaCluster::Ports.free(3)).to_h)
    ENV["JAVA_TOOL_OPTIONS"] = "-Djava.security.krb5.conf=#{ENV.fetch("KRB5_CONFIG")}"
    class_path = KafkaCluster::Jars.class_path(KafkaCluster::Jars.default_version)
    settings = KafkaCluster::Settings.new(@broker, Cluster.new([@broker], { sasl: true })).to_s
    @broker.format(settings + kerberos(keytab), class_path, ["-t", "AAAAAAAAAAAAAAAAAAAAAA"])
    @broker.start(class_path)
  end

  def address = "127.0.0.1:#{@broker.ports.fetch("sasl")}"
  def log = @broker.log_tail
  def stop = @broker.kill

  private

  # The last word on a setting counts.
  def kerberos(keytab)
    login = "com.sun.security.auth.module.Krb5LoginModule required useKeyTab=true storeKey=true " \
            "keyTab=\"#{keytab}\" principal=\"#{PRINCIPAL}@#{Realm::NAME}\";"
    <<~TEXT
      sasl.enabled.mechanisms=GSSAPI
      listener.name.sasl.gssapi.sasl.jaas.config=#{login}
      listener.name.sasl.sasl.kerberos.service.name=kafka
    TEXT
  end
end

def options(broker, keytab, principal)
  { "bootstrap.servers": broker.address, "security.protocol": "sasl_plaintext", "sasl.mechanisms": "GSSAPI",
    "sasl.kerberos.service.name": "kafka", "sasl.kerberos.keytab": keytab, "sasl.kerberos.principal": principal }
end

Dir.mktmpdir do |directory|
  realm = Realm.new(directory)
  broker = KerberosBroker.new(directory, realm.keytab(KerberosBroker::PRINCIPAL))
  producer = Rdkafka::Config.new(options(broker, realm.keytab("alice"), "alice")).producer
  producer.produce(topic: "kerberos", payload: "hello").wait(max_wait_timeout_ms: 180_000)
  producer.close
  puts "GSSAPI: a message was delivered to a broker that knows alice by her ticket"
rescue Rdkafka::RdkafkaError => e
  abort "GSSAPI: #{e.message}\n#{broker&.log}"
ensure
  broker&.stop
  realm&.stop
end
