# frozen_string_literal: true

require_relative "../../tools/kafka/rspec"

# Tokens that a broker looks at. (The other tiers know only what librdkafka makes of them.)
RSpec.describe "OAUTHBEARER on a real cluster", kafka: %i[sasl] do
  let(:admin_client) { closing(config("bootstrap.servers": kafka.bootstrap).admin) }
  let(:topic) { unique_name("topic") }
  let(:errors) { Queue.new }
  let(:options) do
    { "bootstrap.servers": kafka.bootstrap("sasl"), "security.protocol": "sasl_plaintext",
      "sasl.mechanisms": "OAUTHBEARER" }
  end

  before do
    create_topic(admin_client, topic)
    Rdkafka::Config.error_callback = ->(error) { errors << error }
  end

  after do
    Rdkafka::Config.error_callback = nil
    Rdkafka::Config.oauthbearer_token_refresh_callback = nil
    admin_client.delete_topic(topic).wait
  end

  # A client of that kind whose refresh callback is the block, called with the client and what was configured.
  def with_tokens(kind, **settings)
    made = nil
    Rdkafka::Config.oauthbearer_token_refresh_callback = ->(configured, name) { yield made, configured, name }
    made = closing(config("group.id": unique_name("group"), **options, **settings)
      .public_send(kind, native_kafka_auto_start: false))
    made.start
    made
  end

  def give(client, user = "alice", seconds: 600, **)
    client.oauthbearer_set_token(
      token: TokenServer.token(user, seconds), lifetime_ms: ((Time.now.to_f + seconds) * 1000).to_i,
      principal_name: user, **
    )
  end

  it "lets every kind of client in by the token that its callback gives", statement: [10, 83] do
    given = []
    writer = with_tokens(:producer, "sasl.oauthbearer.config": "a=b") do |client, configured, name|
      given << [configured, name, give(client, extensions: { "traceId" => "123", support: "yes" })]
    end
    expect(given).to eq([["a=b", writer.name, 0]])
    expect(writer.produce(topic: topic, payload: "1").wait(max_wait_timeout_ms: 30_000).offset).to eq(0)

    reader = with_tokens(:consumer) { |client| give(client) }
    reader.assign(partition_list(topic => { 0 => 0 }))
    expect(consume(reader, 1).map(&:payload)).to eq(["1"])

    administrator = with_tokens(:admin) { |client| give(client) }
    expect(administrator.metadata(topic).topics.first[:partition_count]).to eq(1)
  end

  it "asks for the next token before one expires" do
    given = Queue.new
    writer = with_tokens(:producer) { |client| given << give(client, seconds: 2) }
    expect(within(20) { Array.new(2) { given.pop } }).to eq([0, 0])
    expect(writer.produce(topic: topic, payload: "1").wait(max_wait_timeout_ms: 30_000).offset).to eq(0)
  end

  it "asks a consumer that is polled for the next token" do
    given = 0
    reader = with_tokens(:consumer) { |client| given += 1 if give(client, seconds: 2).zero? }
    reader.subscribe(topic)
    eventually(20) do
      patient_poll(reader, 50)
      given > 1
    rescue Rdkafka::RdkafkaError => e
      # A token that expired while the client logged in.
      raise unless e.code == :authentication
    end
    expect(given).to be > 1
  end

  it "says that a token was refused by the client" do
    refusals = []
    client = with_tokens(:producer) { |made| refusals << give(made, seconds: -10) }
    error = heard(errors, :authentication, client)

    expect(refusals.first).to eq(-186)
    expect(error.broker_message).to include("Failed to acquire SASL OAUTHBEARER token: Failed to set token: ")
  end

  it "says that no token could be had" do
    with_tokens(:producer) { |client| client.oauthbearer_set_token_failure("the vault is locked") }
    expect(heard(errors, :authentication).broker_message).to include("the vault is locked")
  end

  it "says that a token was refused by the broker" do
    with_tokens(:producer) do |made|
      lifetime = ((Time.now.to_f + 600) * 1000).to_i
      made.oauthbearer_set_token(token: "no.token.", lifetime_ms: lifetime, principal_name: "alice")
    end

    expect(heard(errors, :authentication).broker_message).to match(/invalid_token|authentication failed/i)
  end

  describe "with an OpenID provider" do
    let(:provider) { closing(TokenServer.new("alice", "sesame")) }
    let(:oidc) do
      { **options, "sasl.oauthbearer.method": "oidc", "sasl.oauthbearer.client.id": "alice",
                   "sasl.oauthbearer.client.secret": "sesame", "sasl.oauthbearer.scope": "kafka",
                   "sasl.oauthbearer.token.endpoint.url": provider.url }
    end

    it "gets tokens by configuration alone", statement: 82 do
      writer = producer(**oidc)
      expect(writer.produce(topic: topic, payload: "1").wait(max_wait_timeout_ms: 30_000).offset).to eq(0)
      expect(provider.forms.pop).to eq("grant_type" => "client_credentials", "scope" => "kafka")
      expect(messages_of(topic, 1, **oidc).map(&:payload)).to eq(["1"])
    end

    it "gets them for questions to coordinators, too" do
      client = closing(config(**oidc).admin)
      group = within(30) { client.describe_consumer_groups([unique_name("group")]).wait.groups.first }
      expect(group[:error]&.code).to be_nil.or eq(:group_id_not_found)
    end

    it "gets them also where a layer has set a callback for all clients" do
      Rdkafka::Config.oauthbearer_token_refresh_callback = ->(*) { raise "not to be asked" }
      expect(producer(**oidc).produce(topic: topic, payload: "1").wait(max_wait_timeout_ms: 30_000).offset).to eq(0)
    end

    it "says that the provider refuses" do
      producer(**oidc, "sasl.oauthbearer.client.secret": "wrong")
      expect(heard(errors, :authentication).broker_message).to include("who are you?")
    end
  end
end
