# frozen_string_literal: true

require_relative "../../../tools/kafka/rspec"

RSpec.describe Rdkafka::Admin do
  include AdminClients

  let(:client) { super_admin }

  after { remove_what_was_created }

  describe "#list_offsets" do
    it "finds offsets by place and by time, and none behind the end", :any_broker do
      topic = created_topic
      writer = producer("bootstrap.servers": kafka.bootstrap)
      [1_000, 3_000, 2_000].each { |ms| writer.produce(topic: topic, payload: "x", timestamp: ms).wait }
      found = { earliest: 0, latest: 3, max_timestamp: 1, 1_500 => 1, 9_000 => -1 }.keys.to_h do |offset|
        report = within(60) { client.list_offsets({ topic => [{ partition: 0, offset: offset }] }).wait }
        [offset, report.offsets.first.values_at(:offset, :timestamp)]
      end

      expect(found).to eq(
        earliest: [0, -1], latest: [3, -1], max_timestamp: [1, 3_000], 1_500 => [1, 3_000], 9_000 => [-1, -1]
      )
    end

    it "is refused what ACLs forbid" do
      topic = created_topic
      forbid("alice", topic: topic, group: unique_name("group"))

      expect(failure_of(admin_as("alice").list_offsets({ topic => [{ partition: 0, offset: :latest }] }))).not_to be_nil
    end
  end

  describe "offsets of groups" do
    let(:topic) { created_topic(partitions: 2).tap { |name| await_coordinators(name) } }
    let(:group) { unique_name("group") }

    def list(offsets)
      AdminOperations.list(topic, offsets)
    end

    def offsets_of(group)
      reader = consumer("bootstrap.servers": kafka.bootstrap, "group.id": group)
      reader.committed(list({ 0 => nil, 1 => nil }), 20_000).to_h[topic]
    end

    describe "#alter_consumer_group_offsets" do
      it "stores offsets with their metadata", :any_broker, statement: 113 do
        partitions = [Rdkafka::Consumer::Partition.new(0, 7, 0, "note"), Rdkafka::Consumer::Partition.new(1, 8)]
        wanted = Rdkafka::Consumer::TopicPartitionList.new({ topic => partitions })
        report = within(60) { client.alter_consumer_group_offsets(group, wanted).wait }

        expect(report).to have_attributes(group_name: group, error_string: nil)
        expect(report.partitions).to contain_exactly(
          { topic: topic, partition: 0, offset: 7, error: nil }, { topic: topic, partition: 1, offset: 8, error: nil }
        )
        expect(offsets_of(group).map { |found| [found.offset, found.metadata.to_s] }).to eq([[7, "note"], [8, ""]])
      end

      it "fails when a partition fails, and tells of all to those who ask", statement: 114 do
        handle = client.alter_consumer_group_offsets(group, list({ 0 => 7, 99 => 1 }))

        expect(refusal_of(handle)).to eq([:unknown_topic_or_part, "Failed for partition 99 of '#{topic}'"])
        report = handle.wait(raise_response_error: false)
        expect(report.partitions.to_h { |found| [found[:partition], found[:error]&.code] })
          .to eq({ 0 => nil, 99 => :unknown_topic_or_part })
        expect(handle.wait(raise_response_error: false)).to be(report)
        expect(offsets_of(group).first.offset).to eq(7)
      end

      it "is refused while the group has members" do
        member_of(group, topic)

        expect(refusal_of(client.alter_consumer_group_offsets(group, list({ 0 => 1 }))))
          .to eq([:unknown_member_id, "Failed for partition 0 of '#{topic}'"])
      end
    end

    describe "#delete_consumer_group_offsets" do
      it "forgets offsets, but neither the group nor its other offsets", :any_broker, statement: 115 do
        within(60) { client.alter_consumer_group_offsets(group, list({ 0 => 7, 1 => 8 })).wait }
        twice = [Rdkafka::Consumer::Partition.new(0, nil), Rdkafka::Consumer::Partition.new(0, nil)]
        wanted = Rdkafka::Consumer::TopicPartitionList.new({ topic => twice })
        report = within(60) { client.delete_consumer_group_offsets(group, wanted).wait }

        expect(report).to have_attributes(group_name: group, error_string: nil)
        expect(report.partitions).to include({ topic: topic, partition: 0, offset: -1_001, error: nil })
        expect(offsets_of(group).map(&:offset)).to eq([nil, 8])
        expect(within(60) { client.describe_consumer_groups([group]).wait.groups.first[:state_name] }).to eq("Empty")
      end

      it "is refused while a member is subscribed to the topic, and for groups that do not exist", statement: 114 do
        member_of(group, topic)
        handle = client.delete_consumer_group_offsets(group, list({ 0 => nil }))

        expect(refusal_of(handle)).to eq([:group_subscribed_to_topic, "Failed for partition 0 of '#{topic}'"])
        expect(handle.wait(raise_response_error: false).partitions.first[:error].code).to eq(:group_subscribed_to_topic)
        expect(refusal_of(client.delete_consumer_group_offsets(unique_name("group"), list({ 0 => nil }))))
          .to match([:group_id_not_found, String])
      end
    end
  end
end
