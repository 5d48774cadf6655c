# frozen_string_literal: true

require_relative "support/karafka_servers"
require_relative "support/waterdrop_clients"

# Tokens from a listener of the application, for all clients of a server.
RSpec.describe "Karafka's token listeners" do
  let(:topic) { kafka_topic }

  let(:script) { <<~RUBY }
    # Makes unsigned tokens, and tells for whom.
    class Tokens
      def on_oauthbearer_token_refresh(event)
        lifetime = Time.now.to_i + 900
        claims = { sub: "admin", iat: Time.now.to_i - 1, exp: lifetime }
        parts = [{ alg: "none" }, claims].map { |part| [part.to_json].pack("m0").tr("+/", "-_").delete("=") }
        event[:bearer].oauthbearer_set_token(
          token: parts.join(".") + ".", lifetime_ms: lifetime * 1_000, principal_name: "admin"
        )
        tell(:token, client: event[:bearer].class.name)
      end
    end

    App.quick("security.protocol": "sasl_plaintext", "sasl.mechanisms": "OAUTHBEARER") do |config|
      config.oauth.token_provider_listener = Tokens.new
    end
    class Answering < Karafka::BaseConsumer
      def consume
        messages.each do |message|
          next if message.raw_payload == "answer"

          report = producer.produce_sync(topic: topic.name, payload: "answer")
          tell(:answered, offset: report.offset)
        end
      end
    end
    App.route(Answering)
  RUBY

  it "let consumers and producers in" do
    server = karafka(topic, script, environment: { "KN_BOOTSTRAP" => kafka.bootstrap("sasl") })
    send_all(topic, ["question"])

    expect(journal.wait_for(:answered)["offset"]).to eq(1)
    expect(journal.all(:token).map { |event| event["client"] }.uniq)
      .to contain_exactly("Rdkafka::Consumer", "Rdkafka::Producer")
    server.signal(:TERM)
    expect(server.ending).to eq(0)
  end
end
