# frozen_string_literal: true

require "openssl"
require "tmpdir"
require_relative "../../tools/kafka/ports"
require_relative "../../tools/kafka/rspec"

# Puts `karafka-native doctor` before what goes wrong with a real cluster.
RSpec.describe "karafka-native doctor", kafka: %i[sasl ssl acl] do
  let(:admin_client) { closing(config("bootstrap.servers": kafka.bootstrap).admin) }
  let(:topic) { unique_name("topic").tap { |name| create_topic(admin_client, name, partitions: 2) } }
  let(:plain) { { "bootstrap.servers": kafka.bootstrap } }
  let(:sasl) do
    { "bootstrap.servers": kafka.bootstrap("sasl"), "security.protocol": "sasl_plaintext",
      "sasl.mechanisms": "SCRAM-SHA-256", "sasl.username": "alice", "sasl.password": "alice-secret" }
  end
  let(:ssl) do
    { "bootstrap.servers": kafka.bootstrap("ssl"), "security.protocol": "ssl",
      "ssl.ca.location": File.join(kafka.ssl_directory, "ca.pem") }
  end
  let(:first_broker) { kafka.bootstrap.split(",").first }
  let(:authority_key) { OpenSSL::PKey::RSA.new(2048) }
  let(:authority) { certificate(authority_key, "authority", { "basicConstraints" => "critical,CA:TRUE" }) }

  def certificate(key, name, extensions, days: -1..10)
    OpenSSL::X509::Certificate.new.tap do |made|
      made.version = 2
      made.serial = rand(1 << 60)
      made.subject = OpenSSL::X509::Name.new([["CN", name]])
      made.issuer = name == "authority" ? made.subject : authority.subject
      made.public_key = key.public_key
      made.not_before = Time.now + (days.begin * 86_400)
      made.not_after = Time.now + (days.end * 86_400)
      factory = OpenSSL::X509::ExtensionFactory.new(made, made)
      extensions.each { |extension, value| made.add_extension(factory.create_ext(extension, value)) }
      made.sign(authority_key, OpenSSL::Digest.new("SHA256"))
    end
  end

  # Options for a server that speaks TLS in front of a broker, with a certificate of our own authority.
  def behind_tls(names, to: kafka.bootstrap, **)
    key = OpenSSL::PKey::RSA.new(2048)
    shown = certificate(key, "proxy", { "subjectAltName" => names }, **)
    proxy = closing(BrokerProxy.new(to.split(",").first, certificate: shown, key: key))
    { "bootstrap.servers": proxy.address, "security.protocol": "ssl", "ssl.ca.pem": authority.to_pem }
  end

  def permit(principal, operation, type, name)
    bindings = Rdkafka::Bindings
    what = {
      resource_type: bindings.const_get("RD_KAFKA_RESOURCE_#{type}"), resource_name: name,
      resource_pattern_type: bindings::RD_KAFKA_RESOURCE_PATTERN_LITERAL, principal: "User:#{principal}", host: "*",
      operation: bindings.const_get("RD_KAFKA_ACL_OPERATION_#{operation}"),
      permission_type: bindings::RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW
    }
    admin_client.create_acl(**what).wait
    closing(Struct.new(:admin, :what) { def close = admin.delete_acl(**what).wait }.new(admin_client, what))
  end

  # A broker refuses only when it has heard of the rule.
  def doctor_when_refused(title, **)
    eventually(60) { doctor(**).then { |run| run if run.failed.include?(title) } }
  end

  it "finds nothing wrong where all is well" do
    run = doctor(**plain, topic: topic)

    expect(run.failed).to eq([])
    expect(run.status).to eq(0)
    expect(run.well).to include("driver", "options", "name", "tcp", "kafka", "cluster", "listener", "clock", "topic",
      "produce", "consume")
    expect(messages_of(topic, 1, partitions: 2, **plain).first.payload).to include("karafka-native doctor")
  end

  it "gets in by a login" do
    run = doctor(**sasl, topic: topic)

    expect(run.failed).to eq([])
    expect(run.well).to include("login", "cluster", "produce", "consume")
    expect(run.text).not_to include("alice-secret")
  end

  it "compares clocks behind a login by a topic with the broker's timestamps" do
    name = unique_name("topic")
    admin_client.create_topic(name, 1, 3, "message.timestamp.type" => "LogAppendTime").wait
    kafka.await_topic(name, 1)
    run = doctor(**sasl, topic: name)

    expect(run.failed).to eq([])
    expect(run.about("clock")).to include("the broker's timestamp is")
  end

  { "ahead of" => 60_000, "behind" => -60_000 }.each do |order, shift|
    it "finds a clock that is #{order} the cluster's" do
      allow(Process).to receive(:clock_gettime).and_wrap_original do |original, clock, *unit|
        original.call(clock, *unit) + ([clock, *unit] == [Process::CLOCK_REALTIME, :millisecond] ? shift : 0)
      end
      run = doctor(**plain)

      expect(run.failed).to eq(["clock"])
      expect(run.about("clock")).to match(/this machine is (59|60)\d{3} ms #{order} the controller.*NTP/m)
    end
  end

  it "finds replicas that are missing" do
    name = unique_name("topic")
    admin_client.create_topic(name, 1, 3).wait
    kafka.await_topic(name, 1)
    kafka.kill(3)
    run = doctor_when_refused("topic", **plain, topic: name)

    expect(run.about("topic")).to include("#{name}: replicas missing or lagging in partition 0")
  ensure
    revive(3)
  end

  it "gets in by TLS, and says which authority is trusted" do
    run = doctor(**ssl, topic: topic)

    expect(run.failed).to eq([])
    expect(run.well).to include("tls", "kafka", "cluster", "listener", "produce", "consume")
    expect(run.about("tls")).to include("ca.pem", "TLSv1")
  end

  it "gets in by a login over TLS, and finds brokers that then want none" do
    run = doctor(**sasl, **behind_tls("IP:127.0.0.1", to: kafka.bootstrap("sasl")), "security.protocol": "sasl_ssl")

    expect(run.well).to include("tls", "kafka")
    expect(run.failed).to eq(["listener"])
    expect(run.about("listener").lines.grep(/cannot be reached/).size).to eq(3)
  end

  it "tells the lag of a group" do
    group = unique_name("group")
    client = producer(**plain)
    3.times { client.produce(topic: topic, payload: "a", partition: 0).wait }
    reader = consumer("group.id": group, **plain)
    reader.commit(partition_list(topic => { 0 => 1 }))

    expect(doctor(**plain, group: group).about("group")).to include("lag 2", "#{topic} 2")
  end

  it "finds a wrong port" do
    run = doctor("bootstrap.servers": "127.0.0.1:#{KafkaCluster::Ports.free(1).first}")

    expect(run.failed).to eq(["tcp"])
    expect(run.status).to eq(1)
    expect(run.about("tcp")).to include("refused", "port")
  end

  it "finds one wrong port among right ones, and goes on with these" do
    wrong = "127.0.0.1:#{KafkaCluster::Ports.free(1).first}"
    run = doctor("bootstrap.servers": "#{wrong},#{kafka.bootstrap}")

    expect(run.failed).to eq(["tcp"])
    expect(run.well).to include("cluster", "listener")
  end

  it "finds a wrong authority" do
    wrong = Dir.mktmpdir do |folder|
      File.write("#{folder}/wrong.pem", authority.to_pem)
      doctor(**ssl, "ssl.ca.location": "#{folder}/wrong.pem")
    end

    expect(wrong.failed).to eq(["tls"])
    expect(wrong.about("tls")).to include("wrong.pem", "CN=karafka-native test CA", "ssl.ca.location")
  end

  it "finds a certificate that has expired" do
    run = doctor(**behind_tls("IP:127.0.0.1", days: -10..-1))

    expect(run.failed).to eq(["tls"])
    expect(run.about("tls")).to include("expired", (Time.now - 86_400).strftime("%Y-%m"))
    expect(run.about("tls")).not_to include("trust")
  end

  it "finds a certificate for another name" do
    run = doctor(**behind_tls("DNS:elsewhere.example,IP:127.0.0.9"))

    expect(run.failed).to eq(["tls"])
    expect(run.about("tls")).to include("DNS:elsewhere.example", "127.0.0.1")
  end

  it "finds no fault with a certificate that is about to expire, but says so" do
    run = doctor(**behind_tls("IP:127.0.0.1", days: -1..1))

    expect(run.well).to include("tls")
    expect(run.about("tls")).to include("expires on")
  end

  it "finds TLS where none is expected" do
    run = doctor("bootstrap.servers": kafka.bootstrap("ssl"))

    expect(run.failed).to eq(["kafka"])
    expect(run.about("kafka")).to include("security.protocol")
  end

  it "finds no TLS where it is expected" do
    run = doctor(**ssl, **plain)

    expect(run.failed).to eq(["tls"])
  end

  %w[PLAIN SCRAM-SHA-512].each do |mechanism|
    it "finds a wrong password with #{mechanism}" do
      run = doctor(**sasl, "sasl.mechanisms": mechanism, "sasl.password": "wrong-secret")

      expect(run.failed).to eq(["login"])
      expect(run.about("login")).to match(/authentication failed/i)
      expect(run.text).not_to include("wrong-secret")
    end
  end

  it "finds a mechanism that nobody knows" do
    run = doctor(**sasl, "sasl.mechanisms": "NONSENSE")

    expect(run.failed).to eq(["options"])
    expect(run.about("options")).to include("NONSENSE", "SCRAM-SHA-512")
  end

  it "finds a login where the brokers want none" do
    expect(doctor(**sasl, **plain).failed).to eq(["login"])
  end

  it "finds no login where the brokers want one" do
    run = doctor("bootstrap.servers": kafka.bootstrap("sasl"))

    expect(run.failed).to eq(["login"])
    expect(run.about("login")).to include("security.protocol")
  end

  it "finds an advertised address where nobody listens" do
    ports = kafka.bootstrap.scan(/(?<=:)\d+/).map(&:to_i).zip(KafkaCluster::Ports.free(3)).to_h
    addresses = ports.to_a.flatten.to_h { |port| [port, ["127.0.0.1", port].pack("a*l>")] }
    # As behind a network that translates addresses: the answers have those of the other side.
    proxy = closing(BrokerProxy.new(first_broker) do |answer|
      ports.reduce(answer) { |told, (port, wrong)| told.gsub(addresses[port], addresses[wrong]) }
    end)
    run = doctor("bootstrap.servers": proxy.address)

    expect(run.failed).to eq(["listener"])
    expect(run.about("listener")).to include("cannot be reached", "advertised.listeners", *ports.values.map(&:to_s))
  end

  it "finds a topic that is not there, and makes none" do
    missing = "#{topic}x"
    run = doctor(**plain, topic: missing)

    expect(run.failed).to eq(["topic"])
    expect(run.about("topic")).to include("Unknown topic", topic)
    expect(admin_client.metadata.topics.map { |known| known[:topic_name] }).not_to include(missing)
  end

  it "finds that an ACL for the topic is missing" do
    permit("bob", "READ", "TOPIC", topic)
    run = doctor_when_refused("topic", **sasl, topic: topic)

    expect(run.failed).to eq(["topic"])
    expect(run.about("topic")).to include("DESCRIBE")
  end

  it "finds that an ACL for writing is missing" do
    permit("alice", "READ", "TOPIC", topic)
    run = doctor_when_refused("produce", **sasl, topic: topic)

    expect(run.failed).to eq(["produce"])
    expect(run.well).to include("topic", "consume")
    expect(run.about("produce")).to include("WRITE")
  end

  it "finds that an ACL for reading is missing" do
    permit("alice", "WRITE", "TOPIC", topic)
    run = doctor_when_refused("consume", **sasl, topic: topic)

    expect(run.failed).to eq(["consume"])
    expect(run.about("consume")).to include("READ")
  end

  it "finds that an ACL for the group is missing" do
    group = unique_name("group")
    permit("bob", "READ", "GROUP", group)
    run = doctor_when_refused("group", **sasl, group: group)

    expect(run.failed).to eq(["group"])
    expect(run.about("group")).to include("READ")
  end
end
