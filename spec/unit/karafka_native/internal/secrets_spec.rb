# frozen_string_literal: true

require "pp"

RSpec.describe "Secrets of a configuration" do
  RSpec::Matchers.define_negated_matcher :not_include, :include

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

  describe "in librdkafka's texts", :untyped do
    # Yields a client, and what its error callback is told.
    def with_errors_of(**options)
      texts = Thread::Queue.new
      Rdkafka::Config.error_callback = ->(error) { texts << error.message.b if error.code == :authentication }
      client = Rdkafka::Config.new("bootstrap.servers": "127.0.0.1:1", **options).producer
      yield client, texts
    ensure
      Rdkafka::Config.error_callback = nil
      client&.close
    end

    let(:unsecured) do
      { "security.protocol": "sasl_plaintext", "sasl.mechanisms": "OAUTHBEARER",
        "enable.sasl.oauthbearer.unsecure.jwt": true }
    end

    {
      "unrecognized" => ["hidden-value", "beginning at: [redacted]"],
      "long" => ["hidden-value#{"x" * 2_000}", "beginning at: [redacted]"],
      "unprintable" => ["principal=hidden-value\"", "in principal: [redacted]"],
      "not a number" => ["principal=me lifeSeconds=hidden-value", "'lifeSeconds=': [redacted]"]
    }.each do |what, (value, shown)|
      it "are not shown of token settings: #{what}" do
        with_errors_of(**unsecured, "sasl.oauthbearer.config": value) do |_, errors|
          expect(errors.pop(timeout: 10)).to include(shown).and(not_include("hidden-value"))
        end
      end
    end

    it "are not shown of a token that is refused" do
      Rdkafka::Config.oauthbearer_token_refresh_callback = ->(*) {}
      with_errors_of("security.protocol": "sasl_plaintext", "sasl.mechanisms": "OAUTHBEARER") do |client, errors|
        lifetime = (Time.now.to_i + 900) * 1_000
        client.oauthbearer_set_token(token: "hidden-value\u00e9", lifetime_ms: lifetime, principal_name: "me")

        expect(errors.pop(timeout: 10)).to include("): [redacted]").and(not_include("hidden-value"))
      end
    ensure
      Rdkafka::Config.oauthbearer_token_refresh_callback = nil
    end

    it "are not shown when a client is refused" do
      refused = Rdkafka::Config::ClientCreationError.new("cannot read /hidden-value/key.pem".b)
      allow(KarafkaNative::Native::Producer).to receive(:new).and_raise(refused)

      expect { Rdkafka::Config.new("ssl.key.location": "/hidden-value/key.pem").producer }
        .to raise_error(Rdkafka::Config::ClientCreationError, "cannot read [redacted]") { |e| expect(e.cause).to be_nil }
    end

    it "do not take anything else along" do
      callbacks = Rdkafka::Config.new("sasl.password": "kafka", "sasl.username": "orders", "ssl.key.password": "a")
        .send(:new_callbacks, :producer)
      lines = Thread::Queue.new
      allow(Rdkafka::Config).to receive(:log_queue).and_return(lines)
      ["rdkafka#producer-1: a broker of orders", "the password is \"kafka\"", "\xFF kafka"].each do |line|
        callbacks.log(3, line.b)
      end

      expect(Array.new(3) { lines.pop.last.b }).to eq(
        ["rdkafka: rdkafka#producer-1: a broker of orders", "rdkafka: the password is \"[redacted]\"",
         "rdkafka: \xFF [redacted]".b]
      )
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
