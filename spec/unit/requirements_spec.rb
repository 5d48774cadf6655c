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

  # Runs the block with this program alone in PATH.
  def with_program(name, script)
    environment = ENV.to_h
    Dir.mktmpdir do |folder|
      File.write("#{folder}/#{name}", "#!/bin/sh\n#{script}\n", perm: 0o755)
      ENV.update("PATH" => folder, "LIBCLANG_PATH" => nil)
      yield
    end
  ensure
    ENV.replace(environment)
  end

  it "are met by pkgconf without a link named pkg-config, which is asked for libraries" do
    with_program("pkgconf", '[ "$*" = "--exists zlib" ]') do
      missing = described_class.missing
      expect(missing).to include("openssl", "libcurl")
      expect(missing).not_to include("pkgconf", "zlib")
    end
  end

  describe "for libclang" do
    let(:folder) { Dir.mktmpdir }

    after { FileUtils.rm_rf(folder) }

    before do
      stub_const("#{described_class}::CLANG_FOLDERS", [folder])
      stub_const("#{described_class}::CLANG_TELLERS", {})
      stub_const("ENV", ENV.to_h.except("LIBCLANG_PATH"))
    end

    def create(*names)
      names.each do |name|
        path = File.join(folder, name)
        FileUtils.mkdir_p(File.dirname(path))
        FileUtils.touch(path)
      end
    end

    %w[libclang.so libclang.so.1 libclang-14.so libclang-19.so.19 libclang.dylib].each do |name|
      it "are met by #{name} with its headers" do
        create(name, "clang/19/include/stddef.h")
        expect(described_class.missing).not_to include("libclang")
      end
    end

    it "are not met without its headers" do
      create("libclang.so", "clang/19/share/ignorelist.txt")
      expect(described_class.missing).to include("libclang")
    end

    it "are not met by the library for C++, or a link to what is gone" do
      create("libclang-cpp.so.14", "clang/14/include/stddef.h")
      File.symlink("gone", File.join(folder, "libclang.so"))
      expect(described_class.missing).to include("libclang")
    end
  end

  { "llvm-config" => "", "xcode-select" => "/Toolchains/XcodeDefault.xctoolchain/usr/lib" }.each do |program, place|
    it "are met by the libclang of which #{program} tells" do
      stub_const("#{described_class}::CLANG_FOLDERS", [])
      Dir.mktmpdir do |folder|
        with_program(program, "echo #{folder}") do
          expect(described_class.missing).to include("libclang")
          FileUtils.mkdir_p("#{folder}#{place}/clang/19/include")
          FileUtils.touch(["#{folder}#{place}/libclang.dylib", "#{folder}#{place}/clang/19/include/stddef.h"])
          expect(described_class.missing).not_to include("libclang")
        end
      end
    end
  end
end
