# frozen_string_literal: true

require "openssl"
require "tmpdir"
require_relative "../../tools/kafka/rspec"

# Who may talk to brokers, and what those hear who may not.
RSpec.describe "Security of a real cluster", kafka: %i[sasl ssl] do
  let(:admin_client) { closing(config("bootstrap.servers": kafka.bootstrap).admin) }
  let(:topic) { unique_name("topic") }
  let(:errors) { Queue.new }

  before do
    create_topic(admin_client, topic)
    Rdkafka::Config.error_callback = ->(error) { errors << error }
  end

  after do
    Rdkafka::Config.error_callback = nil
    admin_client.delete_topic(topic).wait
  end

  def sasl(mechanism, user: "alice", password: "#{user}-secret")
    { "bootstrap.servers": kafka.bootstrap("sasl"), "security.protocol": "sasl_plaintext",
      "sasl.mechanisms": mechanism, "sasl.username": user, "sasl.password": password }
  end

  def ssl(authority: file("ca.pem"), **)
    { "bootstrap.servers": kafka.bootstrap("ssl"), "security.protocol": "ssl", "ssl.ca.location": authority, ** }
  end

  def file(name)
    File.join(kafka.ssl_directory, name)
  end

  # What comes out when one client writes to the topic and another one reads from it.
  def written_and_read(options)
    producer(**options).produce(topic: topic, payload: "hidden").wait(max_wait_timeout_ms: 30_000)
    messages_of(topic, 1, **options).map(&:payload)
  end

  # A certificate that claims to come from the authority, and its key. (Clients send no other to a broker.)
  def stranger(directory)
    key = OpenSSL::PKey::RSA.new(2048)
    certificate = OpenSSL::X509::Certificate.new
    certificate.version = 2
    certificate.serial = 1
    certificate.subject = OpenSSL::X509::Name.new([%w[CN stranger]])
    certificate.issuer = OpenSSL::X509::Certificate.new(File.read(file("ca.pem"))).subject
    certificate.public_key = key.public_key
    certificate.not_before = Time.now - 3600
    certificate.not_after = Time.now + 3600
    certificate.sign(key, OpenSSL::Digest.new("SHA256"))
    { "certificate" => certificate.to_pem, "key" => key.private_to_pem }.map do |name, text|
      File.join(directory, "#{name}.pem").tap { |file| File.write(file, text) }
    end
  end

  %w[PLAIN SCRAM-SHA-256 SCRAM-SHA-512].each do |mechanism|
    describe mechanism do
      it "lets users in" do
        expect(written_and_read(sasl(mechanism))).to eq(["hidden"])
      end

      it "says who has a wrong password" do
        client = producer(**sasl(mechanism, password: "wrong"))
        error = heard(errors, :authentication, client)

        expect(error.broker_message).to match(/authentication failed/i)
        expect(error).not_to be_fatal
        expect { client.metadata(topic, 500) }.to raise_error(Rdkafka::RdkafkaError) { |raised|
          expect(raised.code).to eq(:transport).or eq(:timed_out)
        }
      end
    end
  end

  it "refuses to ask for a mechanism that nobody knows" do
    expect { producer(**sasl("NONSENSE")) }.to raise_error(Rdkafka::Config::ClientCreationError, /NONSENSE/)
  end

  it "tells a consumer that polls of a wrong password" do
    reader = consumer(**sasl("PLAIN", password: "wrong"))
    reader.subscribe(topic)
    eventually(20) { patient_poll(reader, 50) || !errors.empty? }

    expect(heard(errors, :authentication, reader).broker_message).to match(/authentication failed/i)
  end

  describe "SSL" do
    it "encrypts, for clients that trust the authority" do
      expect(written_and_read(ssl)).to eq(["hidden"])
    end

    it "takes the authority from memory as well" do
      options = ssl.except(:"ssl.ca.location")
      expect(written_and_read({ **options, "ssl.ca.pem": File.read(file("ca.pem")) })).to eq(["hidden"])
    end

    it "lets clients show who they are" do
      shown = { "ssl.certificate.location": file("client.pem"),
                "ssl.key.location": file("client.key") }
      expect(written_and_read(ssl(**shown))).to eq(["hidden"])
    end

    it "says that the certificate of the broker is not trusted" do
      Dir.mktmpdir do |directory|
        certificate, = stranger(directory)
        client = producer(**ssl(authority: certificate))
        error = heard(errors, :ssl)

        expect(error.broker_message).to include("certificate verify failed")
        expect(error.instance_name).to eq(client.name)
      end
    end

    it "does not let strangers in" do
      Dir.mktmpdir do |directory|
        certificate, key = stranger(directory)
        producer(**ssl("ssl.certificate.location": certificate, "ssl.key.location": key))

        expect(heard(errors, :transport).broker_message).to include("alert")
      end
    end

    it "says which file is missing" do
      expect { producer(**ssl(authority: "/nowhere/ca.pem")) }
        .to raise_error(Rdkafka::Config::ClientCreationError, %r{ssl\.ca\.location|/nowhere/ca\.pem})
    end
  end

  it "tells a client that speaks no SSL that it gets nowhere" do
    producer("bootstrap.servers": kafka.bootstrap("ssl"))
    expect(heard(errors, :all_brokers_down).broker_message).to include("brokers are down")
  end
end
