# frozen_string_literal: true

require "fileutils"
require "json"
require "rubygems/package"

# The gem that is compiled on installation. It has librdkafka's release and all crates, so that this needs no network.
class SourceGem
  STAGE = "pkg/source"
  # What is never compiled from the gem: crates for Windows and WASI, and OpenSSL, since the gem takes the machine's.
  # cargo only has to see that they are there.
  EMPTY = /\A(windows[-_].*|wasi|r-efi|openssl-src)-\d/
  # What no build of a crate reads. (librdkafka is that of the rdkafka crate, an older one.)
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
    # Without checksums of files cargo takes them as they are; that of the package has to agree with Cargo.lock.
    checksums = "#{crate}/.cargo-checksum.json"
    File.write(checksums, JSON.generate(JSON.parse(File.read(checksums)).merge("files" => {})))
  end
end
