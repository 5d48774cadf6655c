# frozen_string_literal: true

RSpec.describe Rdkafka::Opaque do
  subject(:opaque) { described_class.new }

  let(:list) { Rdkafka::Consumer::TopicPartitionList.new.freeze }

  it "does nothing without a client" do
    expect { opaque.call_delivery_callback(1, 2) }.not_to raise_error
    expect { opaque.call_on_partitions_assigned(list) }.not_to raise_error
    expect { opaque.call_on_partitions_revoked(list) }.not_to raise_error
    expect { opaque.capture_client_name("name") }.not_to raise_error
  end

  it "hands deliveries to the producer" do
    opaque.producer = double(call_delivery_callback: nil)
    opaque.call_delivery_callback(:report, :handle)

    expect(opaque.producer).to have_received(:call_delivery_callback).with(:report, :handle)
  end

  it "hands rebalances to the listener" do
    opaque.consumer_rebalance_listener = double(on_partitions_assigned: nil, on_partitions_revoked: nil)
    opaque.call_on_partitions_assigned(list)
    opaque.call_on_partitions_revoked(list)

    expect(opaque.consumer_rebalance_listener).to have_received(:on_partitions_assigned).with(list).once
    expect(opaque.consumer_rebalance_listener).to have_received(:on_partitions_revoked).with(list).once
  end

  it "accepts listeners with one of the methods or none" do
    opaque.consumer_rebalance_listener = double(on_partitions_revoked: nil)
    opaque.call_on_partitions_assigned(list)
    opaque.call_on_partitions_revoked(list)
    expect(opaque.consumer_rebalance_listener).to have_received(:on_partitions_revoked).with(list)

    opaque.consumer_rebalance_listener = Object.new
    expect { opaque.call_on_partitions_assigned(list) }.not_to raise_error
  end

  it "lets errors of the listener through", statement: 65 do
    opaque.consumer_rebalance_listener = Class.new { def on_partitions_assigned(_) = raise("failed") }.new

    expect { opaque.call_on_partitions_assigned(list) }.to raise_error(RuntimeError, "failed")
  end

  it "tells a share consumer its name" do
    opaque.share_consumer = Struct.new(:name).new
    opaque.capture_client_name("rdkafka#consumer-2")

    expect(opaque.share_consumer.name).to eq("rdkafka#consumer-2")
  end

  it "can be extended by layers above" do
    patch = Module.new { def call_on_partitions_assign(list) = consumer_rebalance_listener&.before(list) }
    patched = Class.new(described_class) { include patch }.new
    patched.consumer_rebalance_listener = double(before: :called)

    expect(patched.call_on_partitions_assign(list)).to eq(:called)
  end
end
