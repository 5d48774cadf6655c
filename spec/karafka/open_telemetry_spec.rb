# frozen_string_literal: true

require "json"
require_relative "support/example_folder"

# examples/open_telemetry on this driver and on the reference, rdkafka.
RSpec.describe "OpenTelemetry" do
  let(:ours) { trace }
  # Each by its name and the offset in it, if there is one.
  let(:spans) { ours.fetch("spans").group_by { |span| span["name"] } }

  def trace(**)
    topic = kafka_topic
    example = ExampleFolder.new("open_telemetry", environment: { "KAFKA" => kafka.bootstrap, "TOPIC" => topic }, **)
    JSON.parse(example.run("exec", "ruby", "trace.rb").gsub(topic, "TOPIC")[/^\{\n.*^\}\n/m])
  end

  it "records the same spans, attributes, links and headers as on the reference" do
    reference = trace(gemfile: File.expand_path("reference/Gemfile", __dir__))

    expect([ours, reference].map { |result| result.delete("driver") }).to eq(%w[karafka-native rdkafka])
    expect(ours).to eq(reference)
  end

  it "links what is consumed to what was produced" do
    published = spans.fetch("TOPIC publish").first(4).map { |span| span.values_at("trace", "span") }
    processed = spans.fetch("TOPIC process").map { |span| span.fetch("links").flatten }

    expect(processed).to eq(published * 2)
  end

  it "sends the name of the span along in a header" do
    span = spans.fetch("TOPIC publish").first
    headers = ours.fetch("received").first[1]

    expect(headers.map { |header| header.first(2) })
      .to eq([["traceparent", "00-#{span["trace"]}-#{span["span"]}-01"]])
  end
end
