# frozen_string_literal: true

RSpec.describe "versions" do
  it "has a version of its own" do
    expect(KarafkaNative::VERSION).to match(/\A\d+\.\d+\.\d+/)
  end

  it "says which driver release it emulates" do
    expect(Rdkafka::VERSION).to eq("0.31.0")
  end

  it "says which librdkafka runs and which source it is built from" do
    expect(Rdkafka::LIBRDKAFKA_VERSION).to match(/\A\d+\.\d+\.\d+/)
    expect(Rdkafka::LIBRDKAFKA_SOURCE_SHA256).to eq("e6b61de61d3282879a88e4ee3d9f634a8b05bf78a9198dfc25c4820c0c9ed231")
  end
end
