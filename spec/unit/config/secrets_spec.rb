# frozen_string_literal: true

require "pp"

RSpec.describe "Secrets of a configuration" do
  secrets = %w[
    sasl.oauthbearer.assertion.private.key.file sasl.oauthbearer.assertion.private.key.passphrase
    sasl.oauthbearer.assertion.private.key.pem sasl.oauthbearer.client.credentials.client.secret
    sasl.oauthbearer.client.secret sasl.oauthbearer.config sasl.password sasl.username ssl.ca.pem ssl.key.location
    ssl.key.password ssl.key.pem ssl.keystore.password
  ]

  secrets.each do |name|
    it "are not shown of #{name}" do
      made = Rdkafka::Config.new(name => "hidden-value", "client.id": "shown")
      shown = [made.inspect, made.to_s, PP.pp(made, +"")].join

      expect(shown).to include("[redacted]", "shown")
      expect(shown).not_to include("hidden-value")
      expect(made[name]).to eq("hidden-value")
      expect(made.describe_properties.values.grep(/hidden-value/)).to be_empty
    end
  end

  it "are not shown of options that librdkafka does not know" do
    made = Rdkafka::Config.new("sasl.pasword": "a", "sasl.passwort": "hidden-value")

    expect(made.inspect).not_to include("hidden-value")
    expect { made.describe_properties }.to raise_error(Rdkafka::Config::ConfigError)
  end

  it "are given to librdkafka as they are" do
    native = Rdkafka::Config.new("sasl.password": "hidden-value").send(:native_config)

    expect(native.dump.to_h).to include("sasl.password" => "hidden-value")
  end

  it "are not in the texts of errors" do
    refusing = Object.new
    def refusing.set(_name, value) = raise(Rdkafka::Config::ConfigError, "no such thing as #{value}".b)
    made = Rdkafka::Config.new

    expect { made.send(:set, refusing, "sasl.password", "hidden") }
      .to raise_error(Rdkafka::Config::ConfigError, "no such thing as [redacted]") { |e| expect(e.cause).to be_nil }
    expect { made.send(:set, refusing, "client.id", "shown") }.to raise_error(/shown/)
  end

  it "are not in what clients show" do
    made = Rdkafka::Config.new("bootstrap.servers": "127.0.0.1:1", "group.id": "g", "sasl.password": "hidden-value")
    [made.producer, made.consumer, made.admin].each do |client|
      expect(client.inspect + PP.pp(client, +"")).not_to include("hidden-value")
    ensure
      client.close
    end
  end
end
