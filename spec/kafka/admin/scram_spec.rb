# frozen_string_literal: true

require_relative "../../../tools/kafka/rspec"

RSpec.describe Rdkafka::Admin, kafka: %i[sasl] do
  include AdminClients

  let(:client) { super_admin }
  let(:user) { unique_name("user") }

  after do
    %w[SCRAM-SHA-256 SCRAM-SHA-512].each { |name| altered(delete: [credential(name)]) }
    remove_what_was_created
  end

  def credential(mechanism = "SCRAM-SHA-256", **)
    { user: user, mechanism: mechanism, ** }
  end

  def altered(**)
    within(60) { client.alter_user_scram_credentials(**).wait.users }
  end

  def described(*users)
    within(60) { client.describe_user_scram_credentials(users).wait.users }
  end

  # Whether a new client gets in.
  def let_in?(password, mechanism = "SCRAM-SHA-256")
    made = config("bootstrap.servers": kafka.bootstrap("sasl"), "security.protocol": "sasl_plaintext",
      "sasl.mechanisms": mechanism, "sasl.username": user, "sasl.password": password).admin
    within(60) { made.describe_cluster(request_timeout_ms: 3_000).wait.nodes.any? }
  rescue Rdkafka::RdkafkaError => e
    raise unless e.code == :timed_out

    false
  ensure
    made&.close
  end

  it "lets users in with the passwords that they are given, until these are deleted" do
    changes = [credential(password: "first"), credential("SCRAM-SHA-512", password: "second")]
    expect(changes.map { |change| altered(upsert: [change]) }).to eq([[{ user: user, error: nil }]] * 2)
    expect(eventually(20) { let_in?("first") }).to be(true)
    expect(eventually(20) { let_in?("second", "SCRAM-SHA-512") }).to be(true)
    expect(let_in?("second")).to be(false)

    altered(upsert: [credential(password: "third", iterations: 8_192, salt: "s" * 20)])
    expect(eventually(20) { let_in?("third") }).to be(true)
    expect(let_in?("first")).to be(false)

    altered(delete: [credential])
    eventually(20) { described(user).first[:credentials].size == 1 }
    expect([let_in?("third"), let_in?("second", "SCRAM-SHA-512")]).to eq([false, true])
  end

  it "tells which credentials there are, and of users without any" do
    altered(upsert: [credential(password: "p", iterations: 5_000)])
    altered(upsert: [credential("SCRAM-SHA-512", password: "p")])
    missing = unique_name("user")
    found, absent = eventually(20) do
      both = described(user, missing).sort_by { |one| one[:user] == user ? 0 : 1 }
      both if both.first[:credentials].size == 2
    end

    expect(found).to include(user: user, error: nil, credentials: contain_exactly(
      { mechanism: "SCRAM-SHA-256", iterations: 5_000 }, { mechanism: "SCRAM-SHA-512", iterations: 4_096 }
    ))
    expect(absent).to include(user: missing, credentials: [])
    expect(absent[:error]).to have_attributes(code: :resource_not_found, broker_message: /not exist: #{missing}\z/)
    expect(within(60) { client.describe_user_scram_credentials.wait.users }).to include(
      a_hash_including(user: user), a_hash_including(user: "alice")
    )
  end

  it "says of each user why nothing was changed" do
    users = altered(upsert: [credential(password: "p")], delete: [{ user: "nobody", mechanism: "SCRAM-SHA-256" }])

    expect(users.to_h { |found| [found[:user], found[:error]&.code] })
      .to eq({ user => nil, "nobody" => :resource_not_found })
    twice = altered(upsert: [credential(password: "p"), credential("SCRAM-SHA-512", password: "p")])
    expect(twice.map { |found| [found[:user], found[:error].code] }).to eq([[user, :duplicate_resource]])
  end

  # librdkafka would free memory that is none of the heap's.
  it "is refused what ACLs forbid" do
    rule = AdminOperations.rule(
      "kafka-cluster", resource_type: Rdkafka::Bindings::RD_KAFKA_RESOURCE_BROKER, principal: "User:bob",
      operation: Rdkafka::Bindings::RD_KAFKA_ACL_OPERATION_ALL,
      permission_type: Rdkafka::Bindings::RD_KAFKA_ACL_PERMISSION_TYPE_DENY
    )
    create_rule(**rule)
    (@created_rules ||= []) << rule
    bob = admin_as("bob")
    refused = [bob.describe_user_scram_credentials, bob.describe_user_scram_credentials(["bob"])]

    expect(refused.map { |handle| refusal_of(handle) }).to eq([[:cluster_authorization_failed, nil]] * 2)
    users = within(60) { bob.alter_user_scram_credentials(delete: [credential]).wait.users }
    expect(users.map { |found| [found[:user], found[:error].code] }).to eq([[user, :cluster_authorization_failed]])
    expect(refusal_of(bob.elect_leaders(:preferred))).to match([:cluster_authorization_failed, /authorization failed/])
  end
end
