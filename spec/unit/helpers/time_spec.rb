# frozen_string_literal: true

RSpec.describe Rdkafka::Helpers::Time do
  let(:object) { Class.new { include Rdkafka::Helpers::Time }.new }

  it "reads the monotonic clock in seconds" do
    allow(Process).to receive(:clock_gettime).with(Process::CLOCK_MONOTONIC).and_return(12.5)

    expect(object.monotonic_now).to eq(12.5)
  end

  it "reads the monotonic clock in milliseconds" do
    allow(Process).to receive(:clock_gettime).with(Process::CLOCK_MONOTONIC, :millisecond).and_return(12_500)

    expect(object.monotonic_now_ms).to eq(12_500)
  end

  it "gives a Float and an Integer" do
    expect(object.monotonic_now).to be_a(Float)
    expect(object.monotonic_now_ms).to be_a(Integer)
  end

  it "offers both as public methods" do
    expect(described_class.public_instance_methods).to contain_exactly(:monotonic_now, :monotonic_now_ms)
  end
end
