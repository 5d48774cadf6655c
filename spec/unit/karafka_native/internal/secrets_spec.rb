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

  clients = { producer: {}, consumer: {}, admin: {}, share_consumer: { share_groups: true } }
  clients.each do |kind, needs|
    it "are not in what a #{kind} shows", **needs do
      made = Rdkafka::Config.new("bootstrap.servers": "127.0.0.1:1", "group.id": "g", "sasl.password": "hidden-value")
      client = made.public_send(kind)

      expect(client.inspect + PP.pp(client, +"")).not_to include("hidden-value")
    ensure
      client&.close
    end
  end

  describe "are the options that librdkafka's own log redacts", librdkafka: "2.16" do
    # Names and values that librdkafka logs of a configuration with this option; nil when it takes no free text.
    def logged(name)
      lines = Thread::Queue.new
      allow(Rdkafka::Config).to receive(:log_queue).and_return(lines)
      client = Rdkafka::Config.new(name => "hidden-value", debug: "conf").admin(run_polling_thread: false)
      client.events_poll_nb_each { nil }
      client.close
      Array.new(lines.size) { lines.pop.last }.filter_map { |line| line[/(\S+ = .*)/]&.split(" = ") }.to_h
    rescue Rdkafka::Config::ConfigError, Rdkafka::Config::ClientCreationError
      nil
    end

    # librdkafka's table of options cannot be asked for: every text of the library that it takes for an option is one.
    def options
      files = File.readlines("/proc/self/maps").filter_map { |line| line[%r{/.*}] }
      libraries = files.grep(/karafka_native|librdkafka/)
      texts = libraries.uniq.flat_map { |path| File.binread(path).scan(/(?<=\0)[a-z]+(?:[._][a-z]+)+(?=\0)/) }
      texts.uniq.select { |text| option?(text) }
    end

    def option?(name)
      KarafkaNative::Native::Config.new(false).set(name, "no such value")
      true
    rescue Rdkafka::Config::ConfigError => e
      !e.message.include?("No such configuration property")
    end

    def hidden?(name)
      Rdkafka::Config.new(name => "x").inspect.include?("[redacted]")
    end

    secrets.each do |name|
      it "#{name} is one" do
        expect(logged(name).values).to include("[redacted]")
      end
    end

    it "there are no others", file: "/proc/self/maps" do
      found = options.to_h { |name| [name, logged(name)] }.compact
      redacted = found.select { |_, shown| shown.value?("[redacted]") }
      open = found.select { |_, shown| shown.value?("hidden-value") }

      expect(redacted.size).to be > 10
      expect(redacted.keys.reject { |name| hidden?(name) }).to be_empty
      expect(open.size).to be > 20
      expect(open.keys.select { |name| hidden?(name) }).to be_empty
    end
  end
end
