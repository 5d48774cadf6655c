# frozen_string_literal: true

require_relative "../../tools/kafka/rspec"

# Whatever the operation.
RSpec.describe "Admin clients of a real cluster" do
  include AdminClients

  let(:client) { super_admin }

  after { remove_what_was_created }

  # Names of the operations that succeed or fail as they should, for a topic and a group that do not exist at first.
  def lifetime(client)
    topic = unique_name("topic")
    operations = AdminOperations.all(topic: topic, group: unique_name("group"))
    order = %i[create_topic describe_cluster create_partitions list_consumer_groups]
    order.each { |name| within(60) { operations.fetch(name).call(client).wait } }
    kafka.await_topic(topic, 2)
    await_coordinators(topic, client)
    later = %i[describe_topics list_offsets delete_records describe_configs incremental_alter_configs
               alter_consumer_group_offsets list_consumer_group_offsets describe_consumer_groups
               delete_consumer_group_offsets delete_group create_acl describe_acl delete_acl alter_configs
               elect_leaders alter_user_scram_credentials describe_user_scram_credentials delete_topic]
    later.each { |name| within(60) { operations.fetch(name).call(client).wait } }
    order + later
  end

  it "do everything" do
    expect(lifetime(client)).to match_array(AdminOperations.all.keys)
    expect(Rdkafka::AbstractHandle::REGISTRY).to be_empty
  end

  it "do everything for several threads at once" do
    threads = Array.new(4) { Thread.new { lifetime(client).size } }

    expect(within(120) { threads.map(&:value) }.uniq).to eq([AdminOperations.all.size])
    expect(Rdkafka::AbstractHandle::REGISTRY).to be_empty
  end

  it "do everything in a forked child, beside that of the parent", statement: 3 do
    lifetime(client)
    sizes = Array.new(2) do
      in_fork do
        made = config("bootstrap.servers": kafka.bootstrap).admin
        done = lifetime(made).size
        made.close
        [done, Rdkafka::AbstractHandle::REGISTRY.size, client.closed?]
      end
    end

    expect(sizes).to eq([[AdminOperations.all.size, 0, true]] * 2)
    expect(within(60) { client.describe_cluster.wait.nodes.size }).to eq(3)
  end

  it "need no polling thread, and tell event loops of results" do
    made = closing(config("bootstrap.servers": kafka.bootstrap).admin(run_polling_thread: false))
    reader, writer = IO.pipe
    made.enable_background_queue_io_events(writer.fileno)
    handle = made.describe_cluster

    expect(reader.wait_readable(60)).to be(reader)
    expect(handle).not_to be_pending
    expect(handle.wait.nodes.size).to eq(3)
  end

  it "give the same report to all who ask, however often", statement: [22, 122] do
    topic = created_topic.tap { |name| await_coordinators(name) }
    handles = {
      describe_topics: client.describe_topics([topic]), describe_cluster: client.describe_cluster,
      list_consumer_groups: client.list_consumer_groups, describe_configs: AdminOperations.all(topic: topic)
        .fetch(:describe_configs).call(client),
      describe_consumer_groups: client.describe_consumer_groups(["group"]),
      delete_records: client.delete_records(topic => [{ partition: 0, offset: :end }]),
      alter_consumer_group_offsets: client.alter_consumer_group_offsets(topic, AdminOperations.list(topic))
    }
    same = handles.transform_values do |handle|
      threads = Array.new(4) { Thread.new { handle.wait } }
      within(60) { [handle.wait, *threads.map(&:value)].map(&:object_id).uniq.size }
    end

    expect(same.values.uniq).to eq([1])
    expect(Rdkafka::AbstractHandle::REGISTRY).to be_empty
  end

  it "answer consumers that are never polled" do
    topic = created_topic
    reader = consumer("bootstrap.servers": kafka.bootstrap)
    found = within(60) { reader.list_offsets({ topic => [{ partition: 0, offset: :latest }] }).wait.offsets }

    expect(found).to eq([{ topic: topic, partition: 0, offset: 0, timestamp: -1, leader_epoch: 0 }])
  end
end
