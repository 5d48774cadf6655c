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

    it "finds the end of what is committed, if that is wanted" do
      topic = created_topic
      writer = producer("bootstrap.servers": kafka.bootstrap, "transactional.id": topic)
      writer.init_transactions
      writer.begin_transaction
      writer.produce(topic: topic, payload: "open").wait
      ends = [nil, 0, 1].map do |level|
        wanted = { topic => [{ partition: 0, offset: :latest }] }
        within(60) { client.list_offsets(wanted, isolation_level: level, request_timeout_ms: 20_000).wait }
      end
      writer.abort_transaction

      expect(ends.map { |report| report.offsets.first[:offset] }).to eq([1, 1, 0])
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

    describe "#list_consumer_group_offsets" do
      def listed(...)
        within(60) { client.list_consumer_group_offsets(...).wait.groups }
      end

      it "tells of all offsets of a group, or of those that are asked for" do
        partitions = [Rdkafka::Consumer::Partition.new(0, 7, 0, "note"), Rdkafka::Consumer::Partition.new(1, 8)]
        wanted = Rdkafka::Consumer::TopicPartitionList.new({ topic => partitions })
        within(60) { client.alter_consumer_group_offsets(group, wanted).wait }
        all = listed(group)
        some = listed(group, AdminOperations.list(topic, { 1 => nil, 99 => nil }))

        expect(all.map { |found| found.except(:partitions) }).to eq([{ group_id: group, error: nil }])
        expect(all.first[:partitions]).to contain_exactly(
          { topic: topic, partition: 0, offset: 7, leader_epoch: nil, metadata: "note", error: nil },
          { topic: topic, partition: 1, offset: 8, leader_epoch: nil, metadata: nil, error: nil }
        )
        expect(some.first[:partitions].map { |found| found.values_at(:partition, :offset, :error) })
          .to contain_exactly([1, 8, nil], [99, nil, nil])
        texts = [all.first[:group_id], *all.first[:partitions].first.values_at(:topic, :metadata)]
        expect(texts.map(&:encoding).uniq).to eq([Encoding::BINARY])
      end

      it "tells of several groups at once, each with an error of its own" do
        forbidden = unique_name("group")
        forbid("bob", topic: unique_name("topic"), group: forbidden)
        within(60) { client.alter_consumer_group_offsets(group, list({ 0 => 7, 1 => 8 })).wait }
        asked = { group => list({ 1 => nil }), forbidden => nil, unique_name("group") => nil }
        groups = within(60) { admin_as("bob").list_consumer_group_offsets(asked).wait.groups }

        expect(groups.map { |found| found[:group_id] }).to eq(asked.keys)
        expect(groups.map { |found| found[:error]&.code }).to eq([nil, :group_authorization_failed, nil])
        expect(groups.map { |found| found[:partitions].map { |partition| partition[:offset] } }).to eq([[8], [], []])
        expect(listed([group, group]).map { |found| found[:partitions].size }).to eq([2, 2])
      end

      it "refuses offsets of transactions that are not over, if that is wanted" do
        within(60) { client.alter_consumer_group_offsets(group, list({ 0 => 1 })).wait }
        writer = producer("bootstrap.servers": kafka.bootstrap, "transactional.id": topic)
        writer.init_transactions
        writer.begin_transaction
        member = consumer("bootstrap.servers": kafka.bootstrap, "group.id": group)
        writer.send_offsets_to_transaction(member, list({ 0 => 5 }), 20_000)
        told = [false, true].map do |stable|
          listed(group, list({ 0 => nil }), require_stable: stable).first[:partitions]
        end

        expect(told.map { |found| found.first[:error]&.code }).to eq([nil, :unstable_offset_commit])
        expect(told.first.first[:offset]).to eq(1)
        writer.abort_transaction
      end

      it "tells of a thousand groups in one call" do
        ids = Array.new(1_000) { |number| "#{group}-#{number}" }

        expect(listed(ids).map { |found| found.values_at(:group_id, :error) }).to eq(ids.map { |id| [id, nil] })
      end
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
