# frozen_string_literal: true

require "fileutils"
require "json"
require "rubygems/package"

# The source gem. It contains librdkafka's release and all crates, so that compiling it needs no network.
class SourceGem
  STAGE = "pkg/source"
  # Crates that are never compiled from the gem: those for Windows and WASI, and OpenSSL, because the gem links the
  # machine's. cargo only has to find them.
  EMPTY = /\A(windows[-_].*|wasi|r-efi|openssl-src)-\d/
  # Files that no crate's build reads, such as the older librdkafka in the rdkafka crate.
  UNUSED = "{tests,benches,test-data,librdkafka}"
  CARGO_CONFIG = <<~TOML
    [source.crates-io]
    replace-with = "vendored"

    [source.vendored]
    directory = "vendor"
  TOML
  private_constant :STAGE, :EMPTY, :UNUSED, :CARGO_CONFIG

  # @param specification [Gem::Specification] of the repository
  # @param archive [String] librdkafka's release
  def initialize(specification, archive)
    @specification = specification
    @archive = archive
  end

  # @return [void]
  def build
    FileUtils.rm_rf(STAGE)
    copy_files
    vendor_crates
    made = @specification.dup
    Dir.chdir(STAGE) do
      made.files = Dir.glob("**/*", File::FNM_DOTMATCH).select { |file| File.file?(file) }
      Gem::Package.build(made, false, false, File.expand_path("../#{made.file_name}"))
    end
  end

  private

  def copy_files
    @specification.files.each do |file|
      target = File.join(STAGE, file)
      FileUtils.mkdir_p(File.dirname(target))
      FileUtils.cp(file, target)
    end
    FileUtils.cp(@archive, File.join(STAGE, "ext/librdkafka", File.basename(Librdkafka::SHIPPED)))
  end

  def vendor_crates
    command = ["cargo", "vendor", "--locked", "--versioned-dirs", "--quiet", "#{STAGE}/vendor"]
    system(*command, out: File::NULL) or raise "#{command.join(" ")} failed"
    Dir["#{STAGE}/vendor/*"].each { |crate| reduce(crate) }
    FileUtils.mkdir_p("#{STAGE}/.cargo")
    File.write("#{STAGE}/.cargo/config.toml", CARGO_CONFIG)
  end

  def reduce(crate)
    if File.basename(crate).match?(EMPTY)
      FileUtils.rm_rf(Dir["#{crate}/*"] - ["#{crate}/Cargo.toml"])
      FileUtils.mkdir("#{crate}/src")
      FileUtils.touch("#{crate}/src/lib.rs")
    end
    FileUtils.rm_rf(Dir["#{crate}/#{UNUSED}"])
    # Without checksums of files, cargo accepts them as they are. The package's checksum has to match Cargo.lock.
    checksums = "#{crate}/.cargo-checksum.json"
    File.write(checksums, JSON.generate(JSON.parse(File.read(checksums)).merge("files" => {})))
  end
end
