# frozen_string_literal: true

require_relative "../../../tools/kafka/rspec"

RSpec.describe Rdkafka::Admin do
  include AdminClients

  let(:client) { super_admin }

  after { remove_what_was_created }

  describe "#delete_records" do
    let(:topic) { created_topic(partitions: 3) }

    before do
      writer = producer("bootstrap.servers": kafka.bootstrap)
      handles = Array.new(15) { |number| writer.produce(topic: topic, payload: "x", partition: number % 3) }
      handles.each { |handle| handle.wait(max_wait_timeout_ms: 30_000) }
    end

    def delete(*offsets)
      wanted = offsets.each_with_index.map { |offset, partition| { partition: partition, offset: offset } }
      within(60) { client.delete_records(topic => wanted).wait.offsets }
    end

    it "moves low watermarks to the offsets, or to the end", :any_broker, statement: [111, 112] do
      list = delete(3, :end, -1)
      expect(list).to be_a(Rdkafka::Consumer::TopicPartitionList)
      expect(list.to_h[topic].to_h { |partition| [partition.partition, [partition.offset, partition.err]] })
        .to eq({ 0 => [3, 0], 1 => [5, 0], 2 => [5, 0] })
      reader = consumer("bootstrap.servers": kafka.bootstrap)
      expect(reader.query_watermark_offsets(topic, 0, 20_000)).to eq([3, 5])
    end

    it "hides the failure of one partition in the report", defect: 36, statement: 111 do
      errors = delete(2, 1_000).to_h[topic].to_h { |partition| [partition.partition, partition.err] }

      expect(errors).to eq({ 0 => 0, 1 => 1 })
    end

    it "is refused what ACLs forbid" do
      forbid("alice", topic: topic, group: unique_name("group"))

      expect(failure_of(admin_as("alice").delete_records(topic => [{ partition: 0, offset: :end }]))).not_to be_nil
    end
  end
end
