# frozen_string_literal: true

require_relative "../../../tools/kafka/rspec"

RSpec.describe Rdkafka::Admin do
  include AdminClients

  let(:client) { super_admin }
  # No such topic exists, and no such user.
  let(:name) { unique_name("guarded") }
  let(:any) do
    { resource_type: 1, resource_name: name, resource_pattern_type: 1, principal: nil, host: nil, operation: 1,
      permission_type: 1 }
  end

  after do
    client.delete_acl(**any).wait
    remove_what_was_created
  end

  def rule(**)
    AdminOperations.rule(name, **)
  end

  def create(**)
    create_rule(**rule(**))
  end

  def found(**)
    within(60) { client.describe_acl(**any, **).wait.acls }
  end

  def values_of(binding)
    %i[resource_type resource_name resource_pattern_type principal host operation permission_type]
      .to_h { |reader| [reader, binding.public_send(:"matching_acl_#{reader}")] }
  end

  it "creates a rule" do
    expect(create).to have_attributes(class: Rdkafka::Admin::CreateAclReport, rdkafka_response: 0,
      rdkafka_response_string: "")
  end

  it "finds rules by filters" do
    create
    create(operation: 4, principal: "User:other", host: "127.0.0.1", permission_type: 2)
    create(resource_type: 3, resource_pattern_type: 4)

    expect(found.map { |binding| values_of(binding) }).to contain_exactly(
      rule, rule(operation: 4, principal: "User:other", host: "127.0.0.1", permission_type: 2),
      rule(resource_type: 3, resource_pattern_type: 4)
    )
    expect(found(principal: "User:other").map(&:matching_acl_operation)).to eq([4])
    expect(found(resource_type: 3).map(&:matching_acl_pattern_type)).to eq([4])
    expect(found(host: "10.0.0.1")).to eq([])
  end

  it "has results with readers for everything, and binary texts" do
    create
    binding = found.first
    texts = [binding.error_string, binding.matching_acl_resource_name, binding.matching_acl_principal,
             binding.matching_acl_host]

    expect(binding).to be_a(Rdkafka::Admin::AclBindingResult)
    expect(binding).to have_attributes(result_error: 0, error_string: "", matching_acl_pattern_type: 3)
    expect(texts.map(&:encoding).uniq).to eq([Encoding::BINARY])
  end

  it "deletes the rules that a filter matches, and tells which" do
    create
    create(operation: 4)
    create(principal: "User:other")
    deleted = within(60) { client.delete_acl(**any, principal: "User:nobody").wait.deleted_acls }

    expect(deleted.map { |binding| values_of(binding) }).to contain_exactly(rule, rule(operation: 4))
    expect(eventually(20) { found.size == 1 }).to be(true)
    expect(within(60) { client.delete_acl(**any, principal: "User:nobody").wait.deleted_acls }).to eq([])
  end

  it "says what brokers object to" do
    handle = client.create_acl(**rule(principal: "nobody"))
    error = failure_of(handle)

    expect(error).to have_attributes(code: :invalid_request, broker_message: /principal/)
    expect(handle.wait(raise_response_error: false))
      .to have_attributes(rdkafka_response: 42, rdkafka_response_string: error.broker_message)
  end

  it "makes rules that bind" do
    topic = created_topic
    deny = { resource_name: topic, principal: "User:alice", operation: 2, permission_type: 2 }
    alice = admin_as("alice")
    allowed = -> { within(60) { alice.describe_topics([topic]).wait.topics.first[:error].nil? } }

    expect(allowed.call).to be(true)
    create(**deny)
    expect(allowed.call).to be(false)
    within(60) { client.delete_acl(**rule(**deny)).wait }
    expect(eventually(20) { allowed.call }).to be(true)
  end
end
