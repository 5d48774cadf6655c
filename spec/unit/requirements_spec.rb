# frozen_string_literal: true

require "fileutils"
require "open3"
require "rbconfig"
require "tmpdir"
require_relative "../../ext/requirements"

RSpec.describe Requirements do
  def installing(path)
    extconf = File.expand_path("../../ext/karafka_native/extconf.rb", __dir__)
    Dir.mktmpdir do |folder|
      environment = { "PATH" => path, "RUBYOPT" => nil, "RUBY_TARGET" => nil }
      Open3.capture2e(environment, RbConfig.ruby, extconf, chdir: folder)
    end
  end

  it "are met where this was compiled" do
    expect(described_class.missing).to be_empty
  end

  it "are named together when they are missing, with a command for each known package manager" do
    output, status = installing("/nowhere")

    expect(status).not_to be_success
    expect(output.lines.first).to match(/needs what is missing here: cc, make, pkgconf, .*cargo, openssl, libcurl/)
    ["apt-get install .* cargo libssl-dev", "dnf install .* openssl-devel", "apk add .* openssl-dev",
     "brew install .* rust"].each do |command|
      expect(output).to match(/^  #{command}/)
    end
  end

  it "are named for the package manager that is there" do
    Dir.mktmpdir do |folder|
      File.write("#{folder}/apk", "", perm: 0o755)
      output, = installing(folder)
      expect(output).to match(/needs .*\n  apk add [^\n]*\n  \(Rust.*\)\n\z/)
    end
  end

  describe "for libclang" do
    around { |example| Dir.mktmpdir { |folder| (@folder = folder) && example.run } }

    before do
      stub_const("#{described_class}::CLANG_FOLDERS", [@folder])
      stub_const("ENV", ENV.to_h.except("LIBCLANG_PATH"))
    end

    %w[libclang.so libclang.so.1 libclang-14.so libclang-19.so.19 libclang.dylib].each do |name|
      it "are met by #{name}" do
        FileUtils.touch(File.join(@folder, name))
        expect(described_class.missing).not_to include("libclang")
      end
    end

    it "are not met by the library for C++, or a link to what is gone" do
      FileUtils.touch(File.join(@folder, "libclang-cpp.so.14"))
      File.symlink("gone", File.join(@folder, "libclang.so"))
      expect(described_class.missing).to include("libclang")
    end
  end
end
