# frozen_string_literal: true

require "rdkafka/producer/testing"
require "tmpdir"

RSpec.describe "Signatures", gem: "rbs >= 4" do
  before { require "rbs/test" }

  let(:signatures) { Signatures.new }

  it "are there for everything public, and say what the code does" do
    expect(signatures.missing).to be_empty
    expect(signatures.superfluous).to be_empty
    expect(signatures.different).to be_empty
    expect(signatures.mistyped).to be_empty
  end

  describe Signatures do
    def signatures_of(text, &)
      stub_const("Sample", Module.new)
      Sample.module_eval(&)
      Dir.mktmpdir do |folder|
        File.write("#{folder}/sample.rbs", text)
        return described_class.new(folder, roots: [Sample])
      end
    end

    let(:code) do
      lambda do |_|
        const_set(:LIMIT, 5)
        const_set(:Thing, Class.new do
          attr_writer :size

          def initialize(name, size = 1) = @all = [name, size]
          def run(topic, *rest, force:, timeout_ms: 0, &block) = [topic, rest, timeout_ms, force, block]
          def self.open(path) = path
        end)
      end
    end

    it "finds no fault with signatures that are right" do
      right = signatures_of(<<~RBS, &code)
        module Sample
          LIMIT: Integer

          class Thing
            attr_writer size: Integer

            def self.open: (String path) -> String

            def initialize: (String name, ?Integer size) -> void

            def run: (String, *String rest, force: bool, ?timeout_ms: Integer) ?{ () -> void } -> untyped
          end
        end
      RBS

      expect([right.missing, right.superfluous, right.different, right.mistyped]).to all(be_empty)
    end

    it "finds what is missing" do
      none = signatures_of("module Sample\n  class Thing\n  end\nend", &code)

      expect(none.missing)
        .to contain_exactly("Sample::LIMIT", "Sample::Thing#size=", "Sample::Thing#run", "Sample::Thing.open")
      expect(signatures_of("module Sample\nend", &code).missing).to include("Sample::Thing")
    end

    it "finds what is different, and what is not there" do
      wrong = signatures_of(<<~RBS, &code)
        module Sample
          LIMIT: String
          OTHER: Integer

          class Thing
            def self.open: (?String path) -> String

            def initialize: (String title, ?Integer size) -> void

            def run: (String topic, *String rest, force: bool, timeout_ms: Integer) ?{ () -> void } -> untyped

            def stop: () -> void
          end

          class Another
          end
        end
      RBS

      expect(wrong.superfluous).to contain_exactly("::Sample::Thing#stop", "::Sample::Another", "::Sample::OTHER")
      expect(wrong.different.map { |text| text[/\A[^:]*::\S+(?=: )/] })
        .to contain_exactly("::Sample::Thing#initialize", "::Sample::Thing#run", "::Sample::Thing.open")
      expect(wrong.mistyped).to contain_exactly("::Sample::LIMIT", "::Sample::OTHER")
    end
  end
end
