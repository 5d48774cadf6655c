# frozen_string_literal: true

require "stringio"
require "tempfile"

RSpec.describe Needs do
  # As RSpec would make it, with a tag of that kind.
  def skipped(unmet)
    instance_double(RSpec::Core::Example, metadata: { unmet: unmet }, location: "a_spec.rb:1")
  end

  it "are met by what is there" do
    met = { librdkafka: "2.0", gem: "rspec-core >= 3", tool: %w[ruby sh], file: __FILE__ }

    expect(met.map { |tag, value| described_class.unmet(tag, value) }).to all(be_nil)
  end

  {
    [:librdkafka, "99.1"] => ["needs librdkafka 99.1", /LIBRDKAFKA_TARBALL/],
    [:gem, "rspec-core >= 99"] => ["needs the gem rspec-core >= 99", %r{bin/setup}],
    [:gem, "no-such-gem"] => ["needs the gem no-such-gem", %r{bin/setup}],
    [:tool, %w[ruby no-such-tool]] => ["needs no-such-tool", "install no-such-tool"],
    [:file, "/no/such/file"] => ["needs /no/such/file", "run it on Linux"]
  }.each do |(tag, value), (reason, remedy)|
    it "are not met when #{tag} is #{value.inspect}" do
      expect(described_class.unmet(tag, value)).to have_attributes(reason: reason, remedy: match(remedy))
    end
  end

  it "are the only reason to skip an example" do
    tagged = skipped(described_class.unmet(:file, "/no/such/file"))
    other = instance_double(RSpec::Core::Example, metadata: { skip: "later" }, location: "b_spec.rb:7")

    expect { described_class.allow_only_tags([tagged]) }.not_to raise_error
    expect { described_class.allow_only_tags([tagged, other]) }.to raise_error(/without a tag of Needs: b_spec.rb:7\z/)
  end

  it "have a line each at the end of the run, and in the report" do
    unmet = described_class.unmet(:file, "/no/such/file")
    notification = instance_double(
      RSpec::Core::Notifications::ExamplesNotification, pending_examples: [skipped(unmet), skipped(unmet)]
    )
    output = StringIO.new
    Tempfile.create do |report|
      described_class::Summary.new(output, report.path).dump_pending(notification)

      expect(report.read).to eq("2\tneeds /no/such/file\trun it on Linux\n")
    end
    expect(output.string).to include("Skipped, 2 examples:\n  2 of them: needs /no/such/file; run it on Linux\n")
  end
end
