# frozen_string_literal: true

require_relative "../../../tools/kafka/rspec"

RSpec.describe Rdkafka::Admin do
  include AdminClients

  let(:client) { super_admin }

  after { remove_what_was_created }

  def resource(name, type = Rdkafka::Bindings::RD_KAFKA_RESOURCE_TOPIC)
    { resource_type: type, resource_name: name }
  end

  def describe_all(*resources)
    within(60) { client.describe_configs(resources).wait.resources }
  end

  def options_of(topic)
    describe_all(resource(topic)).first.configs.to_h { |config| [config.name, config] }
  end

  # Changes are option, operation and value.
  def alter(topic, *changes)
    configs = changes.map { |name, op_type, value| { name: name, op_type: op_type, value: value } }
    client.incremental_alter_configs([{ **resource(topic), configs: configs }])
  end

  it "describes a topic, with the origin of each value", :any_broker, defect: 11 do
    topic = created_topic("retention.ms": 1_234_567)
    found = describe_all(resource(topic)).first
    retention = found.configs.find { |config| config.name == "retention.ms" }

    expect(found).to have_attributes(class: Rdkafka::Admin::ConfigResourceBindingResult, name: topic, type: 2,
      configs_count: nil)
    expect(retention).to have_attributes(class: Rdkafka::Admin::ConfigBindingResult, value: "1234567", read_only: 0,
      default: 0, sensitive: 0, synonym: 0)
    expect(retention.synonyms.first).to have_attributes(name: "retention.ms", value: "1234567", synonym: 1)
    expect(found.configs.map(&:default).uniq).to contain_exactly(0, 1)
    expect([found.name, retention.name, retention.value].map(&:encoding).uniq).to eq([Encoding::BINARY])
  end

  it "describes a broker, but not its secrets" do
    found = describe_all(resource("1", Rdkafka::Bindings::RD_KAFKA_RESOURCE_BROKER)).first
    secrets = found.configs.select { |config| config.sensitive == 1 }

    expect(found).to have_attributes(name: "1", type: 4)
    expect(found.configs.find { |config| config.name == "node.id" }).to have_attributes(value: "1", read_only: 1)
    expect(secrets).not_to be_empty
    expect(secrets.map(&:value).uniq).to eq([nil])
  end

  it "describes many topics at once, in the order asked for" do
    topics = Array.new(8) { created_topic }
    found = describe_all(*topics.map { |topic| resource(topic) })

    expect(found.map(&:name)).to eq(topics)
    expect(found.map { |one| one.configs.size }.uniq.size).to eq(1)
  end

  it "describes nothing when one of the resources cannot be described" do
    missing = unique_name("topic")
    handle = client.describe_configs([resource(created_topic), resource(missing)])

    [true, false].each do |raising|
      expect { within(60) { handle.wait(raise_response_error: raising) } }
        .to raise_error(Rdkafka::RdkafkaError) { |error|
          expect([error.code, error.broker_message]).to eq([:unknown_topic_or_part, nil])
          expect(error.message_prefix).to include("Unknown topic")
        }
    end
    expect(handle[:response]).to eq(0)
  end

  it "fails as a whole for two brokers in one call" do
    brokers = %w[1 2].map { |id| resource(id, Rdkafka::Bindings::RD_KAFKA_RESOURCE_BROKER) }
    handle = client.describe_configs(brokers)

    expect(failure_of(handle)).to have_attributes(code: :conflict, message_prefix: nil, broker_message: /BROKER/)
    expect(handle.wait(raise_response_error: false).resources).to eq([])
  end

  it "sets, appends, subtracts and deletes", :any_broker do
    topic = created_topic
    changed = within(60) { alter(topic, ["retention.ms", 0, "1000"], ["cleanup.policy", 2, "compact"]).wait.resources }
    expect(changed.map { |one| [one.name, one.type, one.configs.map(&:name), one.configs_count] })
      .to eq([[topic, 2, [], nil]])
    options = eventually(20) { options_of(topic).then { |one| one if one["retention.ms"].value == "1000" } }
    expect(options["cleanup.policy"].value).to eq("delete,compact")

    within(60) { alter(topic, ["retention.ms", 1, nil], ["cleanup.policy", 3, "delete"]).wait }
    options = eventually(20) { options_of(topic).then { |one| one if one["retention.ms"].value != "1000" } }
    expect(options["cleanup.policy"].value).to eq("compact")
    expect(options["retention.ms"].default).to eq(1)
  end

  it "tells where a value comes from" do
    options = options_of(created_topic("retention.ms": 1_234_567))

    expect(options["retention.ms"]).to have_attributes(source: 1, source_name: "DYNAMIC_TOPIC_CONFIG")
    expect(options["cleanup.policy"]).to have_attributes(source: 5, source_name: "DEFAULT_CONFIG")
    expect(options["min.insync.replicas"].synonyms.map(&:source_name)).to include("STATIC_BROKER_CONFIG")
  end

  it "sets options of brokers and groups" do
    bindings = Rdkafka::Bindings
    { resource("1", bindings::RD_KAFKA_RESOURCE_BROKER) => %w[log.cleaner.io.buffer.load.factor 0.8],
      resource(unique_name("group"), bindings::RD_KAFKA_RESOURCE_GROUP) => %w[consumer.session.timeout.ms 9999] }
      .each do |resource, (name, value)|
        change = ->(op_type, new) { { **resource, configs: [{ name: name, op_type: op_type, value: new }] } }
        within(60) { client.incremental_alter_configs([change.call(0, value)]).wait }
        option = -> { describe_all(resource).first.configs.find { |config| config.name == name }.value }
        expect(eventually(20) { option.call.then { |found| found if found == value } }).to eq(value)
        within(60) { client.incremental_alter_configs([change.call(1, nil)]).wait }
        expect(eventually(20) { option.call.then { |found| found if found != value } }).not_to eq(value)
      end
  end

  it "replaces all options of a topic" do
    topic = created_topic("retention.ms": 1_000, "cleanup.policy": "compact")
    resources = [{ **resource(topic), configs: { "retention.ms": 2_000 } }]
    within(60) { client.alter_configs(resources, validate_only: true).wait }
    expect(options_of(topic)["retention.ms"].value).to eq("1000")

    report = within(60) { client.alter_configs(resources).wait }
    expect(report.resources.map { |one| [one.name, one.type] }).to eq([[topic, 2]])
    options = eventually(20) { options_of(topic).then { |one| one if one["retention.ms"].value == "2000" } }
    expect(options["cleanup.policy"].value).to eq("delete")
    expect(failure_of(client.alter_configs([{ **resource(topic), configs: { "retention.ms" => "long" } }])))
      .to have_attributes(code: :invalid_config, message_prefix: /retention.ms/)
  end

  it "only looks at changes when that is all that is wanted" do
    topic = created_topic("retention.ms": 1_000)
    change = ->(value) { [{ **resource(topic), configs: [{ name: "retention.ms", op_type: 0, value: value }] }] }
    within(60) { client.incremental_alter_configs(change.call("5"), validate_only: true).wait }

    expect(options_of(topic)["retention.ms"].value).to eq("1000")
    expect(failure_of(client.incremental_alter_configs(change.call("x"), validate_only: true)))
      .to have_attributes(code: :invalid_config)
  end

  it "changes many topics at once" do
    topics = Array.new(3) { created_topic }
    change = [{ name: "retention.ms", op_type: 0, value: "2000" }]
    resources = topics.map { |topic| { **resource(topic), configs: change } }

    expect(within(60) { client.incremental_alter_configs(resources).wait.resources }.map(&:name)).to eq(topics)
    topics.each { |topic| eventually(20) { options_of(topic)["retention.ms"].value == "2000" } }
  end

  it "says what brokers object to" do
    topic = created_topic

    expect(failure_of(alter(topic, ["retention.ms", 0, "long"])))
      .to have_attributes(code: :invalid_config, message_prefix: /retention.ms/, broker_message: nil)
    expect(failure_of(alter(topic, ["no.such.option", 0, "1"])))
      .to have_attributes(code: :invalid_config, message_prefix: /no.such.option/)
    expect(failure_of(alter(unique_name("topic"), ["retention.ms", 0, "1"])))
      .to have_attributes(code: :unknown_topic_or_part)
  end

  it "is refused what ACLs forbid" do
    topic = created_topic
    forbid("alice", topic: topic, group: unique_name("group"))
    alice = admin_as("alice")
    change = { **resource(topic), configs: [{ name: "retention.ms", op_type: 0, value: "1" }] }
    refused = [alice.describe_configs([resource(topic)]), alice.incremental_alter_configs([change])]

    expect(refused.map { |handle| failure_of(handle) }).to all(
      have_attributes(code: :topic_authorization_failed, message_prefix: /authorization failed/)
    )
  end
end
