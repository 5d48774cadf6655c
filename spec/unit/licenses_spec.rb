# frozen_string_literal: true

require "tmpdir"
require_relative "../../ext/librdkafka"
require_relative "../../tools/package/licenses"

RSpec.describe Licenses do
  let(:source) { Dir.mktmpdir }

  after { FileUtils.rm_rf(source) }

  it "are those of librdkafka, of the linked crates and of the libraries in these, each text once" do
    File.write("#{source}/LICENSES.txt", "librdkafka's own")
    linkage = Librdkafka::Linkage.new(["shared"], { "LIBRDKAFKA_SOURCE" => source }, "")
    text = described_class.new(linkage, `rustc -vV`[/host: (\S+)/, 1]).to_s

    expect(text).to start_with("librdkafka\n\nlibrdkafka's own\n")
    expect(text).to match(/^magnus \d/).and include("Daniel Stenberg", "Meta Platforms", "Microsoft")
    expect(text).not_to match(/^bindgen \d/)
    expect(text.split(/^-{80}$/).tally.values.uniq).to eq([1])
  end
end
