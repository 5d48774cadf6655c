# frozen_string_literal: true

RSpec.describe Rdkafka::Producer::DeliveryHandle do
  let(:client) { producer }
  let(:topic) { new_topic }
  let(:delivered) { client.produce(topic: topic, payload: "a", label: "l").tap(&:wait) }
  # One that stays pending during an example.
  let(:pending) { unreachable_producer.produce(topic: "t", payload: "a", label: "l") }
  let(:failed) do
    unreachable_producer.then do |stranded|
      stranded.produce(topic: topic, payload: "a", label: "l").tap { stranded.purge }
    end
  end
  let(:timeout_error) { Rdkafka::AbstractHandle::WaitTimeoutError }
  # A handle as layers above make them: without super.
  let(:made_by_hand) do
    Class.new(described_class) do
      def initialize(topic)
        @topic = topic
      end
    end
  end

  # What is written to standard error.
  def warnings
    before = $stderr
    $stderr = StringIO.new
    yield
    $stderr.string
  ensure
    $stderr = before
  end

  it "knows label and topic at once", statement: [28, 29] do
    expect(pending).to have_attributes(label: "l", topic: "t", operation_name: "delivery")
  end

  it "keeps the topic that was given, not a copy", statement: [29, 75] do
    handle = client.produce(topic: topic, payload: "a")

    expect(handle.topic).to equal(topic)
    expect(handle.wait.topic_name).to equal(topic)
    expect(handle.wait.topic).to equal(topic)
  end

  it "takes another label and topic", statement: 29 do
    handle = client.produce(topic: topic, payload: "a")
    handle.label = :other
    handle.topic = "other"

    expect(handle.wait).to have_attributes(label: :other, topic: "other")
  end

  it "raises when it has been tampered with" do
    handle = client.produce(topic: topic, payload: "a")
    own = handle.instance_variable_get(:@index)
    { 64 => IndexError, -1 => RangeError, nil => TypeError }.each do |index, error|
      handle.instance_variable_set(:@index, index)

      expect { handle.wait }.to raise_error(error)
    end
  ensure
    # Other examples look at all handles.
    handle&.instance_variable_set(:@index, own)
  end

  describe "#pending?" do
    it "is true until the delivery" do
      expect(pending).to be_pending
      expect(delivered).not_to be_pending
      expect(failed).not_to be_pending
    end
  end

  describe "#wait" do
    it "returns a new report each time" do
      reports = Array.new(2) { delivered.wait }

      expect(reports).to all(have_attributes(partition: 0, offset: 0, error: nil, label: "l"))
      expect(reports.first).not_to equal(reports.last)
    end

    it "raises when the delivery failed" do
      2.times do
        expect { failed.wait }.to raise_error(Rdkafka::RdkafkaError) { |error|
          expect(error).to have_attributes(code: :purge_queue, broker_message: nil, message_prefix: nil)
        }
      end
    end

    it "returns the report of a failed delivery, if told so", statement: 27 do
      report = failed.wait(raise_response_error: false)

      expect(report).to have_attributes(partition: -1, topic: topic, label: "l", status: 0)
      expect(report.error).to eq(Rdkafka::RdkafkaError.new(-152))
    end

    it "raises when the time is over, and can be called again" do
      [0, 20, 20.0].each do |ms|
        expect { within(10) { pending.wait(max_wait_timeout_ms: ms) } }
          .to raise_error(timeout_error, "Waiting for delivery timed out after #{ms} ms")
      end
      expect(pending).to be_pending
    end

    it "does not look at the time when the report is there" do
      expect(delivered.wait(max_wait_timeout_ms: 0)).to be_persisted
    end

    it "waits for ever with nil" do
      expect(client.produce(topic: topic, payload: "a").wait(max_wait_timeout_ms: nil)).to be_persisted
    end

    it "reads the default at each call" do
      stub_const("Rdkafka::Defaults::HANDLE_WAIT_TIMEOUT_MS", 20)

      expect { pending.wait }.to raise_error(timeout_error, "Waiting for delivery timed out after 20 ms")
    end

    it "takes seconds, with a warning", statement: 89 do
      text = warnings do
        expect { pending.wait(max_wait_timeout: 0.02) }
          .to raise_error(timeout_error, "Waiting for delivery timed out after 20 ms")
        expect(delivered.wait(max_wait_timeout: nil)).to be_persisted
      end

      expect(text.scan("DEPRECATION WARNING: max_wait_timeout (seconds) is deprecated. Use max_wait_timeout_ms").size)
        .to eq(2)
    end

    it "prefers milliseconds, with another warning", statement: 89 do
      text = warnings do
        expect { pending.wait(max_wait_timeout: 500, max_wait_timeout_ms: 20) }
          .to raise_error(timeout_error, "Waiting for delivery timed out after 20 ms")
      end

      expect(text).to include("max_wait_timeout_ms")
      expect(text).not_to include("(seconds) is deprecated. Use max_wait_timeout_ms")
    end

    it "does not warn otherwise" do
      expect(warnings { delivered.wait(max_wait_timeout_ms: 1) }).to eq("")
    end

    it "can be called by many threads" do
      waiting = Array.new(20) { blocked(pending) { |handle| handle.wait(raise_response_error: false) } }
      close_clients

      expect(within(20) { waiting.map(&:value) }).to all(have_attributes(error: be_a(Rdkafka::RdkafkaError)))
    end

    it "does not stop other threads" do
      count = 0
      waiting = Thread.new(pending) { |handle| handle.wait(max_wait_timeout_ms: 200) }
      waiting.report_on_exception = false
      count += 1 while waiting.alive?

      expect { waiting.value }.to raise_error(timeout_error)
      expect(count).to be > 1_000
    end

    ["1", :soon, Object.new].each do |bad|
      it "refuses a #{bad.class} as time" do
        expect { pending.wait(max_wait_timeout_ms: bad) }.to raise_error(StandardError) { |error|
          expect([TypeError, ArgumentError, NoMethodError]).to include(error.class)
        }
      end
    end
  end

  describe "#create_result" do
    it "has an error when the delivery failed", statement: 27 do
      expect(failed.create_result.error).to be_a(Rdkafka::RdkafkaError).and have_attributes(code: :purge_queue)
    end

    it "knows nothing before the delivery", defect: 31, statement: 105 do
      expect(pending.create_result).to have_attributes(
        partition: -1, offset: -1, topic: "t", label: "l", error: nil, status: nil, latency: nil, broker_id: nil,
        persisted?: false, possibly_persisted?: false, not_persisted?: false
      )
    end
  end

  describe "#[]" do
    it "reads what was reported" do
      values = %i[pending response partition offset status broker_id].map { |field| delivered[field] }

      expect(values).to eq([false, 0, 0, 0, 2, 1])
      expect(delivered[:latency]).to be_positive
    end

    it "reads what is not reported yet" do
      expect(%i[pending response partition offset].map { |field| pending[field] }).to eq([true, -1, -1, -1])
    end

    it "reads a failure" do
      expect(%i[pending response partition broker_id].map { |field| failed[field] }).to eq([false, -152, -1, -1])
      expect(failed[:offset]).to be_between(-1_001, -1)
    end

    it "refuses other fields" do
      expect { delivered[:colour] }.to raise_error(ArgumentError, "No such field 'colour'")
      expect { delivered["a".encode("UTF-16LE")] }.to raise_error(ArgumentError, "No such field 'a\0'")
      expect { delivered[:colour] = 1 }.to raise_error(ArgumentError, "No such field 'colour'")
    end
  end

  describe "one that is made by hand" do
    let(:handle) { made_by_hand.new("t") }

    it "has the attributes that it sets" do
      handle.label = "l"

      expect(handle).to have_attributes(topic: "t", label: "l", operation_name: "delivery")
    end

    it "can be resolved by hand" do
      handle[:response] = 0
      handle[:partition] = 3
      handle[:offset] = 2**40
      handle[:status] = 2
      handle[:latency] = 7
      handle[:broker_id] = -1
      handle[:pending] = false

      expect(handle.wait(max_wait_timeout_ms: 0)).to have_attributes(
        partition: 3, offset: 2**40, topic: "t", error: nil, status: 2, latency: 7, broker_id: nil
      )
    end

    it "can fail by hand" do
      handle[:response] = 10
      handle.unlock

      expect { handle.wait(max_wait_timeout_ms: 0) }
        .to raise_error(Rdkafka::RdkafkaError) { |error| expect(error.code).to eq(:msg_size_too_large) }
    end

    it "wakes all who wait when unlocked" do
      handle[:pending] = true
      handle[:response] = 0
      waiting = Array.new(5) { blocked(handle, &:wait) }
      handle.unlock

      expect(within(10) { waiting.map(&:value) }).to all(have_attributes(topic: "t"))
    end

    it "can be registered and removed" do
      registry = Rdkafka::AbstractHandle::REGISTRY
      described_class.register(handle)
      key, = registry.to_a.find { |_, registered| registered.equal?(handle) }

      expect(registry.values).to include(handle)
      expect(described_class.remove(key)).to equal(handle)
      expect(described_class.remove(key)).to be_nil
      expect(registry.values).not_to include(handle)
    end
  end

  describe "the registry" do
    let(:registry) { Rdkafka::AbstractHandle::REGISTRY }

    it "is shared by all kinds of handles" do
      expect(described_class::REGISTRY).to equal(registry)
    end

    it "has the handles that are pending, and only these", statement: 24 do
      handles = [pending, delivered, failed]

      expect(registry.values & handles).to eq([pending])
      expect(registry).not_to be_empty
      expect(registry.size).to be_positive
    end
  end
end
