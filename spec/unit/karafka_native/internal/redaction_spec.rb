# frozen_string_literal: true

# Secrets in librdkafka's texts.
RSpec.describe KarafkaNative::Internal::Redaction, :untyped do
  RSpec::Matchers.define_negated_matcher :not_include, :include

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
    it "hides token settings: #{what}" do
      with_errors_of(**unsecured, "sasl.oauthbearer.config": value) do |_, errors|
        expect(errors.pop(timeout: 10)).to include(shown).and(not_include("hidden-value"))
      end
    end
  end

  it "hides a token that is refused" do
    Rdkafka::Config.oauthbearer_token_refresh_callback = ->(*) {}
    with_errors_of("security.protocol": "sasl_plaintext", "sasl.mechanisms": "OAUTHBEARER") do |client, errors|
      lifetime = (Time.now.to_i + 900) * 1_000
      client.oauthbearer_set_token(token: "hidden-value\u00e9", lifetime_ms: lifetime, principal_name: "me")

      expect(errors.pop(timeout: 10)).to include("): [redacted]").and(not_include("hidden-value"))
    end
  ensure
    Rdkafka::Config.oauthbearer_token_refresh_callback = nil
  end

  it "hides them when a client is refused" do
    refused = Rdkafka::Config::ClientCreationError.new("cannot read /hidden-value/key.pem".b)
    allow(KarafkaNative::Native::Producer).to receive(:new).and_raise(refused)

    expect { Rdkafka::Config.new("ssl.key.location": "/hidden-value/key.pem").producer }
      .to raise_error(Rdkafka::Config::ClientCreationError, "cannot read [redacted]") { |e| expect(e.cause).to be_nil }
  end

  it "leaves everything else" do
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
