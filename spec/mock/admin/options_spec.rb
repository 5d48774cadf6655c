# frozen_string_literal: true

# Options that operations have in common.
RSpec.describe Rdkafka::Admin do
  # No broker answers it, for a minute.
  let(:client) { admin("bootstrap.servers": "127.0.0.1:1") }
  let(:list) { AdminOperations.list("t") }
  let(:resource) { { resource_type: 2, resource_name: "t", configs: [] } }

  # Takes options to operations.
  let(:operations) do
    {
      create_topic: ["t", 1, 1], delete_topic: ["t"], create_partitions: ["t", 2], describe_topics: [["t"]],
      describe_cluster: [], delete_records: [{ "t" => [{ partition: 0, offset: 1 }] }],
      list_offsets: [{ "t" => [{ partition: 0, offset: :latest }] }], elect_leaders: [:preferred],
      list_consumer_groups: [], describe_consumer_groups: [["g"]], delete_group: ["g"],
      list_consumer_group_offsets: ["g"], alter_consumer_group_offsets: ["g", list],
      delete_consumer_group_offsets: ["g", list], describe_configs: [[resource]],
      incremental_alter_configs: [[resource]], alter_configs: [[{ **resource, configs: {} }]],
      describe_user_scram_credentials: [], alter_user_scram_credentials: [], create_acl: [], describe_acl: [],
      delete_acl: []
    }
  end

  let(:keywords) do
    rule = AdminOperations.rule("t")
    delete = [{ user: "u", mechanism: "SCRAM-SHA-256" }]
    { create_acl: rule, describe_acl: rule, delete_acl: rule, alter_user_scram_credentials: { delete: delete } }
  end

  def call(name, **options)
    client.public_send(name, *operations.fetch(name), **keywords.fetch(name, {}), **options)
  end

  # Names of operations that have a keyword.
  def having(option)
    operations.keys.select { |name| client.method(name).parameters.include?([:key, option]) }
  end

  def outcome_of(name)
    answer = within(20) { call(name, request_timeout_ms: 200).wait }
    answer.respond_to?(:errors) ? answer.errors.first : answer.groups.first[:error]
  rescue Rdkafka::RdkafkaError => e
    e
  end

  it "cover all operations", :untyped do
    expect(operations.keys).to match_array(AdminOperations.all.keys)
    expect(having(:request_timeout_ms)).to match_array(operations.keys)
  end

  it "end an operation that takes too long" do
    codes = operations.keys.to_h { |name| [name, outcome_of(name).code] }

    expect(codes.values.uniq).to eq([:timed_out])
  end

  it "are accepted by librdkafka wherever there is a keyword" do
    { operation_timeout_ms: 1_000, broker_id: 7, validate_only: true, request_timeout_ms: 50 }.each do |option, value|
      having(option).each { |name| expect(call(name, option => value)).to be_a(Rdkafka::Admin::Handle) }
    end
  end

  it "have to be in range", :untyped do
    before = Rdkafka::AbstractHandle::REGISTRY.values
    { request_timeout_ms: [-1, 3_600_001], operation_timeout_ms: [-2, 1 << 70], broker_id: [-1, 1 << 31] }
      .each do |option, values|
        values.product(having(option)).each do |value, name|
          expect { call(name, option => value) }
            .to raise_error(ArgumentError, /\A#{option} has to be -?\d+ to \d+, not #{value}\z/)
        end
        expect { call(having(option).first, option => "1") }
          .to raise_error(TypeError, "#{option} has to be an Integer, not String")
      end
    expect(Rdkafka::AbstractHandle::REGISTRY.values - before).to be_empty
  end
end
