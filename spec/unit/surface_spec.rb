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

    it "finds no difference in what can be called in the same way" do
      after = surface do
        const_set(:LIMIT, 5)
        const_set(:Error, Class.new(ArgumentError))
        const_set(:Thing, Class.new do
          def run(topic = nil, timeout_ms = 0, force: false, again: nil) = [topic, timeout_ms, force, again]
        end)
        Sample::Thing.define_singleton_method(:open) { |path, mode: nil| [path, mode] }
      end

      expect(described_class.differences(before, after)).to be_empty
    end

    it "finds what cannot" do
      after = surface do
        const_set(:Thing, Class.new { def run(topic, timeout_ms, force:) = [topic, timeout_ms, force] })
        Sample::Thing.define_singleton_method(:open) { |path, mode| [path, mode] }
      end

      expect(described_class.differences(before.slice("Sample::Thing"), after).keys)
        .to eq(["Sample::Thing#run", "Sample::Thing.open"])
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

    # The surface of a class whose method is defined in the class itself (:thing), its parent (:middle) or the parent's
    # parent (:base).
    def inheriting(from, method = ->(topic) { topic })
      stub_const("Rdkafka::Sample", Module.new)
      base = Rdkafka::Sample.const_set(:Base, Class.new)
      middle = Rdkafka::Sample.const_set(:Middle, Class.new(base))
      thing = Rdkafka::Sample.const_set(:Thing, Class.new(from == :none ? base : middle))
      { base: base, middle: middle, thing: thing, none: thing }.fetch(from).define_method(:run, method)
      described_class.of(Rdkafka::Sample)
    end

    it "counts methods of ancestors, but not of those that the expected class has as well" do
      expected = inheriting(:none).slice("Rdkafka::Sample::Thing")
      wrong = inheriting(:middle, ->(topic, partition) { [topic, partition] })

      expect(described_class.differences(expected, inheriting(:thing))).to be_empty
      expect(described_class.differences(expected, inheriting(:middle))).to be_empty
      expect(described_class.differences(expected, inheriting(:base)))
        .to eq("Rdkafka::Sample::Thing#run" => "missing")
      expect(described_class.differences(expected, wrong))
        .to eq("Rdkafka::Sample::Thing#run" => '"req topic, req partition" instead of "req topic"')
    end
  end
end
