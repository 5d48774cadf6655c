# frozen_string_literal: true

# Operations that no broker answers.
RSpec.describe "Admin operations" do
  let(:client) { admin("bootstrap.servers": "127.0.0.1:1", "socket.timeout.ms": 300) }

  # All but those that tell in a report of brokers that cannot be asked.
  def self.failing
    AdminOperations.all.except(:list_consumer_groups, :describe_consumer_groups)
  end

  def failure_of(handle)
    within(20) { handle.wait }
  rescue Rdkafka::RdkafkaError => e
    e
  end

  failing.except(:delete_group).each do |name, operation|
    it "tell why they failed: #{name}", defect: 8, statement: 23 do
      handle = operation.call(client)
      errors = Array.new(2) { failure_of(handle) }

      expect(errors.first).to have_attributes(code: :timed_out, message_prefix: nil, broker_message: /Failed|Timed out/)
      expect(errors.first.broker_message.encoding).to eq(Encoding::BINARY)
      expect(errors.first).to eq(errors.last)
      expect([handle.pending?, handle[:pending], handle[:response]]).to eq([false, false, -185])
    end
  end

  readers = { describe_acl: :acls, describe_configs: :resources, incremental_alter_configs: :resources,
              list_offsets: :offsets }
  readers.each do |name, reader|
    it "leave an empty report to those who do not want to be told: #{name}" do
      report = within(20) { AdminOperations.all.fetch(name).call(client).wait(raise_response_error: false) }

      expect(report.public_send(reader)).to eq([])
    end
  end

  # The report of a group that could not be deleted has the group's name.
  failing.except(*readers.keys, :delete_group).each do |name, operation|
    it "leave nothing to those who do not want to be told: #{name}" do
      expect(within(20) { operation.call(client).wait(raise_response_error: false) }).to be_nil
    end
  end

  it "name the group that could not be deleted", statement: 23 do
    handle = client.delete_group("group")
    report = within(20) { handle.wait(raise_response_error: false) }

    expect([report.result_name, report.error_string]).to eq(["group", nil])
    expect(failure_of(handle)).to have_attributes(code: :timed_out, broker_message: nil)
  end

  it "list no groups, and say which brokers could not be asked", defect: 36, statement: [117, 23] do
    report = within(20) { client.list_consumer_groups.wait }

    expect(report.groups).to eq([])
    expect(report.errors).to all(be_a(Rdkafka::RdkafkaError))
    expect(report.errors.map(&:code).uniq).to eq([:timed_out])
  end

  it "describe groups by the reason why they cannot be described", defect: 36, statement: [119, 23] do
    groups = within(20) { client.describe_consumer_groups(%w[b a]).wait.groups }

    expect(groups.map { |group| group[:group_id] }).to eq(%w[b a])
    expect(groups.map { |group| group[:error].code }).to eq(%i[timed_out timed_out])
    expect(groups.first).to include(
      state: 0, state_name: "Unknown", type: 0, partition_assignor: nil, coordinator: nil, members: [],
      authorized_operations: nil, is_simple_consumer_group: false
    )
  end

  it "end with their client, whatever they are", defect: 1 do
    made = admin("bootstrap.servers": "127.0.0.1:1")
    handles = AdminOperations.all.transform_values { |operation| operation.call(made) }
    waiters = handles.transform_values { |handle| Thread.new { failure_of(handle) } }
    within(10) { made.close }

    outcomes = waiters.transform_values { |waiter| within(10) { waiter.value } }
    expect(outcomes.slice(*self.class.failing.keys).transform_values(&:code).values.uniq).to eq([:destroy])
    expect(handles.values).to all(have_attributes(pending?: false))
  end

  it "are pending until then, and forgotten afterwards", statement: 24 do
    handles = AdminOperations.all.values.map { |operation| operation.call(client) }
    expect(Rdkafka::AbstractHandle::REGISTRY.values).to include(*handles)

    handles.each { |handle| failure_of(handle) }
    expect(Rdkafka::AbstractHandle::REGISTRY.values & handles).to eq([])
  end
end
