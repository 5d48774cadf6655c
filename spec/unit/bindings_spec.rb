# frozen_string_literal: true

RSpec.describe Rdkafka::Bindings do
  describe "ErrorCallback" do
    let(:errors) { [] }

    before { Rdkafka::Config.error_callback = ->(error) { errors << error } }
    after { Rdkafka::Config.error_callback = nil }

    it "takes nil and a null pointer in the place of the client" do
      [nil, KarafkaNative::Internal::FFI::Pointer::NULL].each do |client|
        described_class::ErrorCallback.call(client, 8, "reason", nil)
        described_class::ErrorCallback.call(client, -150, "fatal", nil)
      end

      expect(errors.map(&:rdkafka_response)).to eq([8, -150, 8, -150])
      expect(errors.map(&:broker_message)).to eq(%w[reason fatal reason fatal])
      expect(errors.map(&:instance_name)).to all(be_nil)
    end
  end
end
