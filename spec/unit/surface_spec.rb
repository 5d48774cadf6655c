# frozen_string_literal: true

require "rdkafka/producer/testing"

RSpec.describe "The public surface" do
  let(:actual) { ApiSurface.of(Rdkafka) }

  expected = JSON.parse(File.read(File.join(__dir__, "../fixtures/api-0.31.0.json")))

  expected.each do |name, entry|
    # The version itself is a constant.
    needs = entry.to_s.include?("LIBRDKAFKA_VERSION") ? { librdkafka: "2.16" } : {}

    it "has all of #{name}", **needs do
      differences = ApiSurface.differences({ name => entry }, actual)

      expect(differences).to be_empty
    end
  end

  describe ApiSurface do
    def surface(&)
      stub_const("Sample", Module.new)
      Sample.module_eval(&)
      described_class.of(Sample)
    end

    let(:before) do
      surface do
        const_set(:LIMIT, 5)
        const_set(:Error, Class.new(ArgumentError))
        const_set(:Thing, Class.new { def run(topic, timeout_ms = 0, force: false) = [topic, timeout_ms, force] })
        Sample::Thing.define_singleton_method(:open) { |path| path }
      end
    end

    it "finds no difference in the same, nor in what has more" do
      more = surface do
        const_set(:LIMIT, 5)
        const_set(:OTHER, 6)
        const_set(:Error, Class.new(ArgumentError) { include Comparable })
      end

      expect(described_class.differences(before, before)).to be_empty
      expect(described_class.differences(before.except("Sample::Thing"), more)).to be_empty
    end

    it "finds what is missing" do
      expect(described_class.differences(before, surface { const_set(:LIMIT, 5) }))
        .to eq("Sample::Error" => "missing", "Sample::Thing" => "missing")
    end

    it "finds what is different" do
      after = surface do
        const_set(:LIMIT, 6)
        const_set(:Error, Class.new(IndexError))
        const_set(:Thing, Class.new { def run(topic, timeout = 0, force: false) = [topic, timeout, force] })
      end

      expect(described_class.differences(before, after)).to eq(
        "Sample::LIMIT" => "6 instead of 5",
        "Sample::Error" => "does not descend from ArgumentError",
        "Sample::Thing#run" => '"req topic, opt timeout, key force" instead of "req topic, opt timeout_ms, key force"',
        "Sample::Thing.open" => "missing"
      )
    end
  end
end
