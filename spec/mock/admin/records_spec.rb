# frozen_string_literal: true

RSpec.describe Rdkafka::Admin do
  include AdminRefusals

  let(:client) { admin }
  let(:topic) { new_topic }

  it "wants topics once, in braces or not" do
    records = [{ partition: 0, offset: 1 }]

    expect { client.delete_records }.to raise_error(ArgumentError, "give topic_partition_offsets once")
    expect { client.delete_records({ "t" => records }, "u" => records) }.to raise_error(ArgumentError, /once/)
    expect { client.delete_records(t: records) }.to raise_error(TypeError, "topic has to be a String, not Symbol")
    [[[{ "t" => records }], { request_timeout_ms: 100 }], [[], { "t" => records }]].each do |arguments, keywords|
      expect(client.delete_records(*arguments, **keywords)).to be_a(described_class::DeleteRecordsHandle)
    end
  end

  describe "#delete_records" do
    it "takes Integers and :end" do
      [:start, 1.5, nil].each do |offset|
        expect { client.delete_records(topic => [{ partition: 0, offset: offset }]) }
          .to raise_error(ArgumentError, "Unknown offset specification: #{offset.inspect}")
      end
    end

    it "needs both keys", statement: 112 do
      expect { client.delete_records(topic => [{ partition: 0 }]) }.to raise_error(KeyError)
      expect { client.delete_records(topic => [{ offset: 0 }]) }.to raise_error(KeyError)
    end

    it "deletes something, and each partition's once", statement: 112 do
      nothing = [:invalid_arg, "No records to delete", nil]
      expect(refusal_of(client.delete_records({}))).to eq(nothing)
      expect(refusal_of(client.delete_records(topic => []))).to eq(nothing)
      twice = client.delete_records(topic => [{ partition: 0, offset: 0 }, { partition: 0, offset: :end }])
      expect(refusal_of(twice)).to eq([:invalid_arg, "Duplicate partitions not allowed", nil])
    end

    it "knows that a partition does not exist", statement: 112 do
      [99, -1].each do |partition|
        expect(refusal_of(client.delete_records(topic => [{ partition: partition, offset: 0 }])))
          .to eq([:noent, "Failed to query partition leaders: No leaders found", nil])
      end
    end
  end
end
