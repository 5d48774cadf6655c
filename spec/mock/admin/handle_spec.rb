# frozen_string_literal: true

RSpec.describe Rdkafka::Admin::Handle do
  # No broker answers it.
  let(:client) { admin("bootstrap.servers": "127.0.0.1:1", "socket.timeout.ms": 300) }

  # All but those that tell in a report of brokers that cannot be asked.
  def self.failing
    AdminOperations.all.except(:list_consumer_groups, :describe_consumer_groups, :list_consumer_group_offsets)
  end

  def failure_of(handle)
    within(20) { handle.wait }
  rescue Rdkafka::RdkafkaError => e
    e
  end

  failing.except(:delete_group).each do |name, operation|
    it "tells why the operation failed: #{name}", defect: 8, statement: 23 do
      handle = operation.call(client)
      errors = Array.new(2) { failure_of(handle) }

      expect(errors.first).to have_attributes(code: :timed_out, message_prefix: nil, broker_message: /Failed|Timed out/)
      expect(errors.first.broker_message.encoding).to eq(Encoding::BINARY)
      expect(errors.first).to eq(errors.last)
      expect([handle.pending?, handle[:pending], handle[:response]]).to eq([false, false, -185])
    end
  end

  readers = { describe_acl: :acls, describe_configs: :resources, incremental_alter_configs: :resources,
              alter_configs: :resources, list_offsets: :offsets }
  readers.each do |name, reader|
    it "leaves an empty report to those who do not want to be told: #{name}" do
      report = within(20) { AdminOperations.all.fetch(name).call(client).wait(raise_response_error: false) }

      expect(report.public_send(reader)).to eq([])
    end
  end

  # The report of a group that could not be deleted has the group's name.
  failing.except(*readers.keys, :delete_group).each do |name, operation|
    it "leaves nothing to those who do not want to be told: #{name}" do
      expect(within(20) { operation.call(client).wait(raise_response_error: false) }).to be_nil
    end
  end

  it "names the group that could not be deleted", statement: 23 do
    handle = client.delete_group("group")
    report = within(20) { handle.wait(raise_response_error: false) }

    expect([report.result_name, report.error_string]).to eq(["group", nil])
    expect(failure_of(handle)).to have_attributes(code: :timed_out, broker_message: nil)
  end

  it "lists no groups, and says which brokers could not be asked", defect: 36, statement: [117, 23] do
    report = within(20) { client.list_consumer_groups.wait }

    expect(report.groups).to eq([])
    expect(report.errors).to all(be_a(Rdkafka::RdkafkaError))
    expect(report.errors.map(&:code).uniq).to eq([:timed_out])
  end

  it "describes groups by the reason why they cannot be described", defect: 36, statement: [119, 23] do
    groups = within(20) { client.describe_consumer_groups(%w[b a]).wait.groups }

    expect(groups.map { |group| group[:group_id] }).to eq(%w[b a])
    expect(groups.map { |group| group[:error].code }).to eq(%i[timed_out timed_out])
    expect(groups.first).to include(
      state: 0, state_name: "Unknown", type: 0, partition_assignor: nil, coordinator: nil, members: [],
      authorized_operations: nil, is_simple_consumer_group: false
    )
  end

  it "lists offsets of groups by the reason why they cannot be listed" do
    groups = within(20) { client.list_consumer_group_offsets(%w[b a]).wait.groups }

    expect(groups.map { |group| group[:group_id] }).to eq(%w[b a])
    expect(groups.map { |group| group[:error].code }).to eq(%i[timed_out timed_out])
    expect(groups.map { |group| group[:partitions] }).to eq([[], []])
  end

  it "ends with its client, whatever it awaits", defect: 1 do
    made = admin("bootstrap.servers": "127.0.0.1:1")
    handles = AdminOperations.all.transform_values { |operation| operation.call(made) }
    waiters = handles.transform_values { |handle| Thread.new { failure_of(handle) } }
    within(10) { made.close }

    outcomes = waiters.transform_values { |waiter| within(10) { waiter.value } }
    expect(outcomes.slice(*self.class.failing.keys).transform_values(&:code).values.uniq).to eq([:destroy])
    expect(handles.values).to all(have_attributes(pending?: false))
  end

  it "is pending until then, and forgotten afterwards", statement: 24 do
    handles = AdminOperations.all.values.map { |operation| operation.call(client) }
    expect(Rdkafka::AbstractHandle::REGISTRY.values).to include(*handles)

    handles.each { |handle| failure_of(handle) }
    expect(Rdkafka::AbstractHandle::REGISTRY.values & handles).to eq([])
  end

  it "gives all threads that wait for a result the same report", statement: [22, 122] do
    client = admin
    wanted = { new_topic => [{ partition: 0, offset: :latest }] }
    handles = Array.new(20) do
      handle = client.list_offsets(wanted)
      waiters = Array.new(8) { Thread.new { handle.wait } }
      reports = within(20) { waiters.map(&:value) }

      expect(reports.map(&:object_id).uniq.size).to eq(1)
      expect([handle.wait, handle.result, handle.create_result]).to all(be(reports.first))
      handle
    end
    expect(Rdkafka::AbstractHandle::REGISTRY.values & handles).to eq([])
  end

  it "keeps reports after the client has gone", :gc, statement: 22 do
    topic = new_topic
    made = config.admin
    handle = made.list_offsets({ topic => [{ partition: 0, offset: :latest }] })
    sleep(0.001) while handle.pending?
    made.close
    GC.start

    expect(handle.wait.offsets.first).to include(topic: topic, offset: 0)
  end
end
