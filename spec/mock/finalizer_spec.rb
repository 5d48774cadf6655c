# frozen_string_literal: true

RSpec.describe Rdkafka::Consumer, ".finalizer" do
  let(:client) { consumer }
  let(:native) { client.instance_variable_get(:@native) }

  it "makes what closes a native consumer, however often it is called" do
    finalizer = described_class.finalizer(native, [])
    expect(client).not_to be_closed

    2.times { within(30) { finalizer.call(client.object_id) } }

    expect(client).to be_closed
  end

  it "does nothing in another process" do
    finalizer = described_class.finalizer(native, [])

    expect(in_fork { finalizer.call(0) }).to be_nil
    expect(client).not_to be_closed
  end

  it "does not refer to the consumer" do
    scope = described_class.finalizer(native, []).binding

    expect(scope.local_variables).to contain_exactly(:native_kafka, :queue_holder)
    expect(scope.receiver).to equal(described_class)
  end

  it "refuses what is no native consumer" do
    [nil, client, Object.new].each do |bad|
      expect { described_class.finalizer(bad, []) }.to raise_error(TypeError, /native_kafka has to be/)
    end
  end
end
