# frozen_string_literal: true

RSpec.describe Rdkafka::Producer::Deliveries do
  let(:handles) { [0, -192, nil, 0].map { |response| handle(response) } }

  # One that is done, unless there is no response.
  def handle(response)
    Rdkafka::Producer::DeliveryHandle.new.tap do |made|
      made[:response] = response
      made[:pending] = false if response
    end
  end

  it "tells apart what was delivered, what failed, and what is pending" do
    deliveries = described_class.new(handles, [1], [2])

    expect(deliveries.reports.map { |report| report && report.error&.code }).to eq([nil, :msg_timed_out, nil, nil])
    expect(deliveries.reports[2]).to be_nil
    expect(deliveries).to have_attributes(failed: [deliveries.reports[1]], pending: [handles[2]], delivered?: false)
  end

  it "does not change its mind when something is done later" do
    deliveries = described_class.new(handles, [], [2])
    handles[2][:pending] = false

    expect(deliveries.reports[2]).to be_nil
  end

  it "is delivered when nothing failed and nothing is pending" do
    expect(described_class.new([handles[0], handles[3]], [], [])).to be_delivered
    expect(described_class.new(handles.first(2), [1], [])).not_to be_delivered
    expect(described_class.new([handles[2]], [], [0])).not_to be_delivered
  end
end
