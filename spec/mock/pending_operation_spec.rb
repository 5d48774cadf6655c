# frozen_string_literal: true

# What becomes of operations that nobody answers.
RSpec.describe "Pending operations" do
  let(:registry) { Rdkafka::AbstractHandle::REGISTRY }
  let(:request) { { "t" => [{ partition: 0, offset: :latest }] } }

  def unanswered(**)
    admin("bootstrap.servers": "127.0.0.1:1", **)
  end

  { create_topic: ["t", 1, 1], delete_topic: ["t"],
    list_offsets: [{ "t" => [{ partition: 0, offset: :latest }] }] }.each do |operation, arguments|
    it "of #{operation} fail with the real error, before the time of wait is over", statement: 23 do
      handle = unanswered("socket.timeout.ms": 100).public_send(operation, *arguments)

      expect { within(20) { handle.wait } }.to raise_error(Rdkafka::RdkafkaError) { |error|
        expect(error.code).to eq(:timed_out)
        expect(error.broker_message)
          .to match(/\A((Failed while|Timed out) waiting for controller|Failed to query partition leaders)/)
      }
      expect(registry.values).not_to include(handle)
    end
  end

  it "can be waited for again when a wait was too short", defect: 8 do
    handle = unanswered("socket.timeout.ms": 400).create_topic("t", 1, 1)

    expect { handle.wait(max_wait_timeout_ms: 10) }.to raise_error(Rdkafka::AbstractHandle::WaitTimeoutError)
    expect { within(20) { handle.wait } }.to raise_error(Rdkafka::RdkafkaError, /timed_out/)
    expect(registry.values).not_to include(handle)
  end

  it "end when their client is closed, and leave nothing behind", defect: 1, statement: 24 do
    made = [unanswered, consumer("bootstrap.servers": "127.0.0.1:1"), unreachable_producer]
    handles = made.first(2).map { |client| client.list_offsets(request) } << made.last.produce(topic: "t", payload: "1")
    expect(registry.values & handles).to match_array(handles)
    made.last.purge

    made.each { |client| within(20) { client.close } }

    expect(handles.first(2).map { |handle| code_of { within(5) { handle.wait } } }).to eq(%i[destroy destroy])
    expect(code_of { within(5) { handles.last.wait } }).to eq(:purge_queue)
    expect(registry.values & handles).to be_empty
  end

  it "are told apart from handles that were never initialized" do
    unfinished = Rdkafka::Admin::CreateTopicHandle.allocate

    expect(Rdkafka::AbstractHandle::REGISTRY.values).not_to include(unfinished)
  end

  it "end with the process", defect: [1, 22] do
    outcome = run_child(<<~RUBY, seconds: 20)
      admin("bootstrap.servers": UNREACHABLE).create_topic("t", 1, 1)
      puts "end"
    RUBY

    expect(outcome).to print_lines("end")
  end
end
