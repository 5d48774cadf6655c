# frozen_string_literal: true

require_relative "../../../tools/kafka/rspec"

# A running client is connected to one broker when its password changes, and has to log in to the next one. Each broker
# has a topic of its own.
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
      "sasl.mechanisms": "SCRAM-SHA-256", "sasl.username": user, "sasl.password": password, **)
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
    writer, stranger = Array.new(2) { closing(login("message.timeout.ms": 3_000).producer) }
    write = ->(client, id) { within(60) { client.produce(topic: topics.fetch(id), payload: "x").wait.offset } }
    expect([writer, stranger].map { |client| write.call(client, 1) }).to eq([0, 1])
    rotate
    expect(writer.set_sasl_credentials(username: user, password: "new")).to be_nil

    expect([write.call(writer, 1), write.call(writer, 2)]).to eq([2, 0])
    expect { write.call(stranger, 3) }.to raise_error(Rdkafka::RdkafkaError, /msg_timed_out/)
  end

  it "lets consumers go on" do
    reader = closing(login("group.id": unique_name("group")).consumer)
    expect(reader.query_watermark_offsets(topics.fetch(1), 0, 20_000)).to eq([0, 0])
    rotate
    expect { reader.query_watermark_offsets(topics.fetch(2), 0, 1_000) }.to raise_error(Rdkafka::RdkafkaError)
    reader.set_sasl_credentials(username: user, password: "new")

    expect(reader.query_watermark_offsets(topics.fetch(3), 0, 20_000)).to eq([0, 0])
  end

  it "lets admin clients go on, the consumer that they have beside them included" do
    client = closing(login.admin)
    group = unique_name("group")
    ask = ->(broker) { within(60) { client.describe_cluster(broker_id: broker, request_timeout_ms: 5_000).wait } }
    groups = -> { within(60) { client.list_consumer_group_offsets(group, request_timeout_ms: 5_000).wait.groups } }
    expect(groups.call).to eq([{ group_id: group, error: nil, partitions: [] }])
    ask.call(1)
    rotate
    expect { ask.call(2) }.to raise_error(Rdkafka::RdkafkaError, /timed_out/)
    client.set_sasl_credentials(username: user, password: "new")

    expect(ask.call(3).nodes.size).to eq(3)
    others = Array.new(KafkaCluster::ForSpecs::GROUPS) { unique_name("group") }
    answers = within(60) { client.list_consumer_group_offsets(others, request_timeout_ms: 20_000).wait.groups }
    expect(answers.map { |found| found[:error] }.uniq).to eq([nil])
  end
end
