# frozen_string_literal: true

require_relative "../../../tools/kafka/rspec"

# One client runs when its password changes, and has to log in to the next broker; another one comes too late, and gets
# in nowhere until it is told. Each broker has a topic of its own.
RSpec.describe Rdkafka::Helpers::SASL, kafka: %i[sasl] do
  include AdminClients

  let(:user) { unique_name("user") }
  let(:topics) { kafka.brokers.to_h { |broker| [broker.id, unique_name("topic")] } }

  before do
    topics.each do |id, topic|
      super_admin.create_topic(topic, 1, -1, replica_assignment: [[id]]).wait
      (@created_topics ||= []) << topic
      kafka.await_topic(topic, 1)
    end
    change_password("old")
    eventually(20) { kafka.brokers.all? { |broker| known_to?(broker, "old") } }
  end

  after do
    super_admin.alter_user_scram_credentials(delete: [{ user: user, mechanism: "SCRAM-SHA-256" }]).wait
    remove_what_was_created
  end

  def change_password(password)
    change = { user: user, mechanism: "SCRAM-SHA-256", password: password }
    within(60) { super_admin.alter_user_scram_credentials(upsert: [change]).wait }
  end

  def address(broker) = "127.0.0.1:#{broker.ports.fetch("sasl")}"

  def login(broker = kafka.brokers.first, password: "old", **)
    config("bootstrap.servers": address(broker), "security.protocol": "sasl_plaintext",
      "sasl.mechanisms": "SCRAM-SHA-256", "sasl.username": user, "sasl.password": password,
      "reconnect.backoff.max.ms": 200, **)
  end

  # Whether a broker lets new clients in with the password.
  def known_to?(broker, password)
    made = login(broker, password: password).admin
    within(60) { made.describe_cluster(request_timeout_ms: 2_000, broker_id: broker.id).wait }
  rescue Rdkafka::RdkafkaError
    nil
  ensure
    made&.close
  end

  def rotate
    change_password("new")
    eventually(20) { kafka.brokers.all? { |broker| known_to?(broker, "new") } }
  end

  it "lets producers go on after their password has changed" do
    write = ->(client, id) { within(60) { client.produce(topic: topics.fetch(id), payload: "x").wait.offset } }
    writer = closing(login.producer)
    expect(write.call(writer, 1)).to eq(0)
    rotate
    late = closing(login("message.timeout.ms": 3_000).producer)
    expect { write.call(late, 1) }.to raise_error(Rdkafka::RdkafkaError, /msg_timed_out/)
    expect([writer, late].map { |client| renew(client) }).to eq([nil, nil])

    expect([write.call(writer, 2), write.call(late, 2), write.call(writer, 3)]).to eq([0, 1, 0])
  end

  it "lets consumers go on" do
    ask = ->(client, id, ms = 20_000) { client.query_watermark_offsets(topics.fetch(id), 0, ms) }
    reader = closing(login("group.id": unique_name("group")).consumer)
    expect(ask.call(reader, 1)).to eq([0, 0])
    rotate
    late = closing(login("group.id": unique_name("group")).consumer)
    expect { ask.call(late, 1, 1_000) }.to raise_error(Rdkafka::RdkafkaError)
    [reader, late].each { |client| renew(client) }

    expect([ask.call(reader, 2), ask.call(late, 3)]).to eq([[0, 0]] * 2)
  end

  it "lets admin clients go on, the consumer that they have beside them included" do
    ask = lambda do |client, ms = 20_000|
      groups = Array.new(KafkaCluster::ForSpecs::GROUPS) { unique_name("group") }
      within(60) { client.list_consumer_group_offsets(groups, request_timeout_ms: ms).wait.groups }
        .map { |found| found[:error]&.code }.uniq
    end
    client = closing(login.admin)
    expect(ask.call(client)).to eq([nil])
    rotate
    late = closing(login.admin)
    expect(ask.call(late, 1_000)).to eq([:timed_out])
    expect { within(60) { late.describe_cluster(request_timeout_ms: 1_000).wait } }
      .to raise_error(Rdkafka::RdkafkaError, /timed_out/)
    [client, late].each { |one| renew(one) }

    expect([ask.call(client), ask.call(late)]).to eq([[nil]] * 2)
    expect(within(60) { late.describe_cluster.wait.nodes.size }).to eq(3)
  end

  def renew(client)
    client.set_sasl_credentials(username: user, password: "new")
  end
end
