# frozen_string_literal: true

RSpec.describe "Handles of admin operations" do
  names = {
    CreateTopicHandle: "create topic", CreatePartitionsHandle: "create partitions", DeleteTopicHandle: "delete topic",
    DeleteGroupsHandle: "delete groups", CreateAclHandle: "create acl", DeleteAclHandle: "delete acl",
    DescribeAclHandle: "describe acl", DescribeConfigsHandle: "describe configs",
    IncrementalAlterConfigsHandle: "incremental alter configs", ListOffsetsHandle: "list offsets",
    AlterConsumerGroupOffsetsHandle: "alter consumer group offsets",
    DeleteConsumerGroupOffsetsHandle: "delete consumer group offsets", DeleteRecordsHandle: "delete records",
    ListConsumerGroupsHandle: "list consumer groups", DescribeConsumerGroupsHandle: "describe consumer groups",
    DescribeClusterHandle: "describe cluster", DescribeTopicsHandle: "describe topics"
  }.freeze
  lenient = %i[CreateTopicHandle CreatePartitionsHandle DeleteTopicHandle].freeze

  names.each do |name, operation|
    describe name do
      let(:handle) { Rdkafka::Admin.const_get(name).new }

      it "says what it awaits" do
        expect(handle.operation_name).to eq(operation)
        expect(handle).to be_a(Rdkafka::AbstractHandle)
      end

      it "times out while it is pending" do
        handle[:pending] = true

        expect(handle).to be_pending
        expect { handle.wait(max_wait_timeout_ms: 0) }
          .to raise_error(Rdkafka::AbstractHandle::WaitTimeoutError, "Waiting for #{operation} timed out after 0 ms")
      end

      it "gives the result that it was made with" do
        handle.result = :report

        expect([handle.wait, handle.create_result]).to eq(%i[report report])
        expect([handle.pending?, handle[:response]]).to eq([false, 0])
      end

      it "raises the error that it was made with" do
        handle[:response] = 36
        handle.broker_message = "text"

        expect { handle.wait }.to raise_error(Rdkafka::RdkafkaError) { |error|
          expect([error.code, error.broker_message, error.message_prefix]).to eq([:topic_already_exists, "text", nil])
        }
        expect(handle.wait(raise_response_error: false)).to be_nil
      end

      if lenient.include?(name)
        it "has no error to raise without one" do
          expect(handle.raise_error).to be(false)
        end
      else
        it "raises even success when told to raise" do
          expect { handle.raise_error }.to raise_error(Rdkafka::RdkafkaError, "Success (no_error)")
        end
      end
    end
  end

  it "raise a result that is an exception, whatever the response" do
    handle = Rdkafka::Admin::ListOffsetsHandle.new
    handle.result = Rdkafka::RdkafkaError.new(3)

    expect { handle.wait(raise_response_error: false) }.to raise_error(Rdkafka::RdkafkaError)
  end

  it "have two fields" do
    handle = Rdkafka::Admin::CreateTopicHandle.new

    expect { handle[:offset] }.to raise_error(ArgumentError, "No such field 'offset'")
    expect { handle["a".encode("UTF-16LE")] }.to raise_error(ArgumentError, "No such field 'a\0'")
    expect { handle[:offset] = 1 }.to raise_error(ArgumentError, "No such field 'offset'")
  end

  it "are not among those that are pending when they were made by hand" do
    handle = Rdkafka::Admin::CreateTopicHandle.new
    handle[:pending] = true

    expect(Rdkafka::AbstractHandle::REGISTRY.values).not_to include(handle)
  end
end
