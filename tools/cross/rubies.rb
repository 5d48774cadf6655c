# frozen_string_literal: true

require "fileutils"
require "yaml"

# What cross-compiling needs besides Rust: zig as the C compiler for any Linux, and the headers of several Rubies: those
# that Debian has packages of, and the one that runs this. rake-compiler finds them like those of its container images,
# in ~/.rake-compiler/config.yml.
class CrossRubies
  # rake-compiler wants a third number; it stands for all releases.
  PACKAGED = %w[3.3.0 3.4.0].freeze
  SUITES = %w[trixie experimental].freeze
  VERSIONS = (PACKAGED | [RbConfig::CONFIG["ruby_version"]]).freeze
  KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
  Platform = Struct.new(:debian, :rust, :zig, keyword_init: true)
  PLATFORMS = {
    "x86_64-linux-gnu" => Platform.new(debian: "amd64", rust: "x86_64-unknown-linux-gnu", zig: "x86_64-linux-gnu.2.28"),
    "aarch64-linux-gnu" => Platform.new(debian: "arm64", rust: "aarch64-unknown-linux-gnu",
      zig: "aarch64-linux-gnu.2.28"),
    # With headers of Rubies for glibc, whose types have the same sizes, as have those of the running Ruby.
    "x86_64-linux-musl" => Platform.new(debian: "amd64", rust: "x86_64-unknown-linux-musl", zig: "x86_64-linux-musl"),
    "aarch64-linux-musl" => Platform.new(debian: "arm64", rust: "aarch64-unknown-linux-musl", zig: "aarch64-linux-musl")
  }.freeze
  # Where a Ruby has its files.
  Files = Struct.new(:config, :mkmf, :headers, :arch_headers, keyword_init: true)
  RUNNING = Files.new(
    config: File.join(RbConfig::CONFIG["rubyarchdir"], "rbconfig.rb"),
    mkmf: File.join(RbConfig::CONFIG["rubylibdir"], "mkmf.rb"),
    headers: RbConfig::CONFIG["rubyhdrdir"], arch_headers: RbConfig::CONFIG["rubyarchhdrdir"]
  )
  FOLDER = File.expand_path("../../tmp/cross", __dir__)
  CONFIG = File.expand_path("~/.rake-compiler/config.yml")
  # For cargo and what it calls; zig stands in for the compiler.
  CARGO = File.join(__dir__, "cargo")

  # @param name [String] a key of PLATFORMS
  def initialize(name)
    @name = name
    @platform = PLATFORMS.fetch(name)
  end

  # @return [void]
  def provide
    write_compiler
    refresh_packages
    VERSIONS.each { |version| register(version, PACKAGED.include?(version) ? unpack(version) : RUNNING) }
  end

  # @return [Hash{String => String}] what rake has to have in its environment
  def environment
    { "CARGO" => CARGO, "CARGO_BUILD_TARGET" => @platform.rust, "RUBY_TARGET" => @name,
      "RUBY_CC_VERSION" => VERSIONS.join(":"),
      # For musl, Rust would link libc statically, which an extension cannot be.
      "RUSTFLAGS" => "-C target-feature=-crt-static" }
  end

  private

  def compiler = File.join(FOLDER, "#{@name}-cc")

  def write_compiler
    FileUtils.mkdir_p(FOLDER)
    script = %(#!/bin/sh\nexec cargo-zigbuild zig cc -- -target #{@platform.zig} "$@"\n)
    File.write(compiler, script, perm: 0o755)
  end

  # apt with folders of its own, so that it may know another suite and another processor.
  def apt(tool, *, **)
    folder = File.join(FOLDER, "apt-#{@platform.debian}")
    FileUtils.mkdir_p(%W[#{folder}/lists/partial #{folder}/archives/partial])
    FileUtils.touch("#{folder}/status")
    source = "deb [signed-by=#{KEYRING} check-valid-until=no] #{mirror}" # headers may be old
    File.write("#{folder}/sources", SUITES.map { |suite| "#{source} #{suite} main\n" }.join)
    options = ["Dir::Etc::sourcelist=#{folder}/sources", "Dir::Etc::sourceparts=-", "Dir::State::lists=#{folder}/lists",
               "Dir::State::status=#{folder}/status", "Dir::Cache=#{folder}", "APT::Architecture=#{@platform.debian}",
               "APT::Architectures::=#{@platform.debian}", "APT::Sandbox::User=root"]
    system(tool, *options.flat_map { |option| ["-o", option] }, "-qq", *, **) or raise "#{tool} failed"
  end

  def mirror
    format = "$(ORIGIN) $(REPO_URI)"
    lines = IO.popen(["apt-get", "indextargets", "--format", format, "Created-By: Packages"], &:readlines)
    lines.find { |line| line.start_with?("Debian ") }&.split&.last or raise "apt knows no mirror of Debian"
  end

  def refresh_packages = apt("apt-get", "update")

  def folder(version) = File.join(FOLDER, "#{@name}-#{version}")

  # @return [Files]
  def unpack(version)
    minor = version[/\d+\.\d+/]
    target = File.join(folder(version), "packages")
    FileUtils.rm_rf(target)
    FileUtils.mkdir_p(target)
    apt("apt-get", "download", "libruby#{minor}", "ruby#{minor}-dev", chdir: target)
    Dir[File.join(target, "*.deb")].each { |deb| system("dpkg-deb", "-x", deb, target) or raise "#{deb} is broken" }
    Files.new(
      config: Dir["#{target}/usr/lib/*/ruby/#{version}/rbconfig.rb"].first,
      mkmf: "#{target}/usr/lib/ruby/#{version}/mkmf.rb",
      headers: "#{target}/usr/include/ruby-#{version}",
      arch_headers: Dir["#{target}/usr/include/*/ruby-#{version}"].first
    )
  end

  # rake-compiler looks for mkmf.rb above the folder of rbconfig.rb.
  def register(version, files)
    config = File.join(folder(version), @name, "rbconfig.rb")
    FileUtils.mkdir_p(File.dirname(config))
    FileUtils.cp(files.mkmf, folder(version))
    File.write(config, File.read(files.config) + changes(version, files))
    known = File.exist?(CONFIG) ? YAML.load_file(CONFIG) : {}
    FileUtils.mkdir_p(File.dirname(CONFIG))
    File.write(CONFIG, known.merge("rbconfig-#{@name}-#{version}" => config).to_yaml)
  end

  # The Ruby as it is, but for the compiler, for where it is, and for its libraries, which are not linked.
  def changes(version, files)
    <<~RUBY

      { "CC" => #{compiler.dump}, "AR" => "ar", "libdir" => #{folder(version).dump},
        "rubyhdrdir" => #{files.headers.dump}, "rubyarchhdrdir" => #{files.arch_headers.dump},
        "target_os" => #{@name[/linux-\w+/].dump}, "platform" => #{@name.dump} }.each do |name, value|
        RbConfig::CONFIG[name] = RbConfig::MAKEFILE_CONFIG[name] = value
      end
    RUBY
  end
end
