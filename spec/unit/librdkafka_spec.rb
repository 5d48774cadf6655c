# frozen_string_literal: true

require "fileutils"
require "open3"
require "rbconfig"
require "tmpdir"
require_relative "../../ext/librdkafka"

# Which librdkafka is linked, decided in a folder of its own from which nothing can be reached.
RSpec.describe Librdkafka do
  let(:folder) { Dir.mktmpdir }

  before do
    FileUtils.mkdir_p(%W[#{folder}/ext #{folder}/bin])
    FileUtils.cp(File.expand_path("../../ext/librdkafka.rb", __dir__), "#{folder}/ext")
    program("npm", "exit 1")
    program("cargo", %(echo '{"packages":[{"name":"rdkafka-sys","manifest_path":"/crates/rdkafka-sys/Cargo.toml"}]}'))
  end

  after { FileUtils.rm_rf(folder) }

  def program(name, script)
    File.write("#{folder}/bin/#{name}", "#!/bin/sh\n#{script}\n", perm: 0o755)
  end

  def choose(**environment)
    nowhere = {
      "LIBRDKAFKA_TARBALL" => nil, "KARAFKA_NATIVE_LIBRDKAFKA" => "bundled", "KARAFKA_NATIVE_LIBRARIES" => nil,
      "https_proxy" => "http://127.0.0.1:1", "no_proxy" => nil, "NO_PROXY" => nil,
      "PATH" => "#{folder}/bin:#{ENV.fetch("PATH")}"
    }
    Open3.capture2e(
      { **nowhere, **environment.transform_keys(&:to_s) }, RbConfig.ruby, "-r#{folder}/ext/librdkafka.rb",
      "-e", "linkage = Librdkafka.linkage; puts linkage.description, linkage.features, linkage.env['LIBRDKAFKA_SOURCE']"
    ).first
  end

  # As if that source had been unpacked.
  def unpacked(source) = FileUtils.mkdir_p("#{folder}/tmp/librdkafka/#{source.version}")

  it "is that of the rdkafka crate where no source can be had, which is said once" do
    expect(choose).to match(/WARNING: .*OLDER librdkafka of the rdkafka crate.*crate's own librdkafka$/m)
    expect(choose).to eq("the rdkafka crate's own librdkafka\nshared\n/crates/rdkafka-sys/librdkafka\n")
  end

  it "is no other than the release unless that is asked for" do
    refused = choose(KARAFKA_NATIVE_LIBRDKAFKA: nil)

    expect(refused).to match(/download failed .*LIBRDKAFKA_TARBALL can name a copy/m)
    expect(refused).not_to include("WARNING")
  end

  it "is the one that was unpacked, the release before the npm package's" do
    unpacked(described_class::NPM)
    expect(choose).to start_with("librdkafka #{described_class::NPM.version}\nshared\n")
    unpacked(described_class::RELEASE)
    expect(choose).to start_with("librdkafka #{described_class::RELEASE.version}\nshared\n#{folder}/tmp/librdkafka/")
  end

  it "comes with its libraries when that is asked for, and is the system's when that is" do
    unpacked(described_class::RELEASE)

    expect(choose(KARAFKA_NATIVE_LIBRARIES: "vendored")).to match(/, vendored\nvendored$/)
    expect(choose(KARAFKA_NATIVE_LIBRDKAFKA: "system")).to eq("the system's librdkafka\n\n")
  end

  it "is the release that is named, whatever was chosen before; the wrong file is refused" do
    choose
    unpacked(described_class::NPM)

    expect(choose(LIBRDKAFKA_TARBALL: __FILE__)).to match(/is not the source of librdkafka 2.*: its SHA-256 is \h+/)
    expect(choose(LIBRDKAFKA_TARBALL: "/no/such/file")).to include("no such file: /no/such/file")
  end

  it "is not taken from an npm package with another checksum" do
    program("npm", %(echo other >"#{folder}/tmp/librdkafka/confluentinc-kafka-javascript-1.10.1.tgz"))

    expect(choose).to match(/is not the source of librdkafka #{described_class::NPM.version}/)
  end
end
