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
    File.write("#{folder}/bin/npm", "#!/bin/sh\nexit 1\n", perm: 0o755)
  end

  after { FileUtils.rm_rf(folder) }

  def choose(**environment)
    nowhere = {
      "LIBRDKAFKA_TARBALL" => nil, "KARAFKA_NATIVE_LIBRDKAFKA" => nil, "https_proxy" => "http://127.0.0.1:1",
      "no_proxy" => nil, "NO_PROXY" => nil, "PATH" => "#{folder}/bin:#{ENV.fetch("PATH")}"
    }
    Open3.capture2e(
      { **nowhere, **environment.transform_keys(&:to_s) }, RbConfig.ruby, "-r#{folder}/ext/librdkafka.rb",
      "-e", "puts Librdkafka.linkage.description"
    ).first
  end

  # As if that source had been built.
  def built(source)
    path = source.pkgconfig_file.sub(described_class::ROOT, folder)
    FileUtils.mkdir_p(File.dirname(path))
    FileUtils.touch(path)
  end

  it "is that of the rdkafka crate where no source can be had, which is said once" do
    expect(choose).to match(/WARNING: .*OLDER librdkafka of the rdkafka crate.*crate's own librdkafka$/m)
    expect(choose).to eq("the rdkafka crate's own librdkafka\n")
  end

  it "is the one that was built, the release before the npm package's" do
    built(described_class::NPM)
    expect(choose).to eq("librdkafka #{described_class::NPM.version}, static\n")
    built(described_class::RELEASE)
    expect(choose).to eq("librdkafka #{described_class::RELEASE.version}, static\n")
  end

  it "is the release that is named, whatever was chosen before; the wrong file is refused" do
    choose
    built(described_class::NPM)

    expect(choose(LIBRDKAFKA_TARBALL: __FILE__)).to match(/is not the source of librdkafka 2.*: its SHA-256 is \h+/)
    expect(choose(LIBRDKAFKA_TARBALL: "/no/such/file")).to include("no such file: /no/such/file")
  end

  it "is not taken from an npm package with another checksum" do
    File.write("#{folder}/bin/npm", <<~SH)
      #!/bin/sh
      echo other >"#{folder}/tmp/librdkafka/confluentinc-kafka-javascript-1.10.1.tgz"
    SH

    expect(choose).to match(/is not the source of librdkafka #{described_class::NPM.version}/)
  end
end
