# frozen_string_literal: true

require "fileutils"
require "yaml"

# What cross-compiling needs besides Rust: zig as the C compiler for any Linux, and the headers of several Rubies from
# Debian's packages. rake-compiler finds them like those of its container images, in ~/.rake-compiler/config.yml.
class CrossRubies
  # Those that these suites of Debian have. rake-compiler wants a third number; it stands for all releases.
  VERSIONS = %w[3.3.0 3.4.0].freeze
  SUITES = %w[trixie experimental].freeze
  KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
  Platform = Struct.new(:debian, :rust, :zig, keyword_init: true)
  PLATFORMS = {
    "x86_64-linux-gnu" => Platform.new(debian: "amd64", rust: "x86_64-unknown-linux-gnu", zig: "x86_64-linux-gnu.2.28"),
    "aarch64-linux-gnu" => Platform.new(debian: "arm64", rust: "aarch64-unknown-linux-gnu",
      zig: "aarch64-linux-gnu.2.28"),
    # With headers of Rubies for glibc, whose types have the same sizes.
    "x86_64-linux-musl" => Platform.new(debian: "amd64", rust: "x86_64-unknown-linux-musl", zig: "x86_64-linux-musl"),
    "aarch64-linux-musl" => Platform.new(debian: "arm64", rust: "aarch64-unknown-linux-musl", zig: "aarch64-linux-musl")
  }.freeze
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
    VERSIONS.each { |version| register(version, unpack(version)) }
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

  # @return [String] where the Ruby is
  def unpack(version)
    minor = version[/\d+\.\d+/]
    folder = File.join(FOLDER, "#{@name}-#{minor}")
    FileUtils.rm_rf(folder)
    FileUtils.mkdir_p(folder)
    apt("apt-get", "download", "libruby#{minor}", "ruby#{minor}-dev", chdir: folder)
    Dir[File.join(folder, "*.deb")].each { |deb| system("dpkg-deb", "-x", deb, folder) or raise "#{deb} is broken" }
    folder
  end

  # rake-compiler looks for mkmf.rb above the folder of rbconfig.rb.
  def register(version, folder)
    library = File.join(folder, "usr/lib/ruby", version)
    config = File.join(library, @name, "rbconfig.rb")
    FileUtils.mkdir_p(File.dirname(config))
    original = Dir[File.join(folder, "usr/lib/*/ruby", version, "rbconfig.rb")].first
    File.write(config, File.read(original) + changes(version, folder))
    known = File.exist?(CONFIG) ? YAML.load_file(CONFIG) : {}
    FileUtils.mkdir_p(File.dirname(CONFIG))
    File.write(CONFIG, known.merge("rbconfig-#{@name}-#{version}" => config).to_yaml)
  end

  # Debian's Ruby, but for the compiler and for where it is unpacked.
  def changes(version, folder)
    headers = File.join(folder, "usr/include/ruby-#{version}")
    <<~RUBY

      { "CC" => #{compiler.dump}, "AR" => "ar", "libdir" => #{File.join(folder, "usr/lib").dump},
        "rubyhdrdir" => #{headers.dump}, "rubyarchhdrdir" => #{arch_headers(version, folder).dump},
        "target_os" => #{@name[/linux-\w+/].dump}, "platform" => #{@name.dump} }.each do |name, value|
        RbConfig::CONFIG[name] = RbConfig::MAKEFILE_CONFIG[name] = value
      end
    RUBY
  end

  def arch_headers(version, folder)
    Dir[File.join(folder, "usr/include/*/ruby-#{version}")].first
  end
end
