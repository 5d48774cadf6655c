# frozen_string_literal: true

require "open3"
require "rbconfig"

# What compiling takes, looked for before anything is compiled, so that everything that is missing is named at once.
#
# requirements.txt has a line for each need: its name, and its packages for apt, dnf, apk and brew. bin/setup reads it,
# too.
module Requirements
  # What installs packages, by the program that tells that it is there.
  MANAGERS = {
    "apt-get" => "apt-get install", "dnf" => "dnf install", "apk" => "apk add", "brew" => "brew install"
  }.freeze
  # The packages of each need, in the order of MANAGERS.
  PACKAGES = File.readlines(File.join(__dir__, "requirements.txt")).to_h do |line|
    need, *packages = line.split("|").map(&:strip)
    [need, packages]
  end.freeze
  RUST = Gem::Version.new(File.read(File.expand_path("../Cargo.toml", __dir__))[/^rust-version = "(.+)"/, 1])
  CLANG_FOLDERS = %w[
    /usr/lib* /usr/lib*/llvm*/lib* /usr/lib/*-linux-* /usr/local/opt/llvm/lib /opt/homebrew/opt/llvm/lib
    /Library/Developer/CommandLineTools/usr/lib
  ].freeze
  # What tells of one more folder, and what to append to that.
  CLANG_TELLERS = {
    "llvm-config" => ["--libdir", ""],
    "xcode-select" => ["-p", "/{usr,Toolchains/XcodeDefault.xctoolchain/usr}/lib"]
  }.freeze
  # Not libclang-cpp, which other packages of LLVM install: bindgen cannot use it.
  CLANG = /\Alibclang(-[\d.]+)?\.(so[\d.]*|dylib)\z/
  PKG_CONFIG = %w[pkg-config pkgconf].freeze

  class << self
    # @return [Array<String>] needs that are not met
    def missing = PACKAGES.keys.reject { |need| met?(need) }

    # @param needs [Array<String>]
    # @return [String] what would meet them
    def advice(needs)
      known = MANAGERS.select { |program, _| program?(program) }
      known = MANAGERS if known.empty?
      commands = known.map do |program, command|
        column = MANAGERS.keys.index(program)
        "  #{command} #{needs.map { |need| PACKAGES.fetch(need).fetch(column) }.join(" ")}"
      end
      commands << "  (Rust is needed in version #{RUST} or later; rustup has it)" if needs.include?("cargo")
      ["Compiling karafka-native needs what is missing here: #{needs.join(", ")}", *commands].join("\n")
    end

    private

    def met?(need)
      case need
      when "ruby" then File.exist?(File.join(RbConfig::CONFIG["rubyhdrdir"], "ruby.h"))
      when "cc" then program?("cc") && compiles?
      when "pkgconf" then !pkg_config.nil?
      when "libclang" then clang?
      when "cargo" then rust?
      when "make" then program?("make")
      else library?(need)
      end
    end

    def program?(name)
      ENV.fetch("PATH", "").split(File::PATH_SEPARATOR).any? { |folder| File.executable?(File.join(folder, name)) }
    end

    def compiles?
      Open3.capture2e("cc", "-x", "c", "-fsyntax-only", "-", stdin_data: "#include <stdio.h>\n").last.success?
    end

    def pkg_config = PKG_CONFIG.find { |name| program?(name) }

    # The library alone does not do: it reads headers of its own, which may be in another package.
    def clang?
      return true if ENV.key?("LIBCLANG_PATH")

      folders = clang_folders
      library = Dir.glob(folders.map { |folder| "#{folder}/libclang*" }).any? do |path|
        File.basename(path).match?(CLANG) && File.exist?(path) # unlike the target of a stale link
      end
      library && Dir.glob(folders.map { |folder| "#{folder}/clang/*/include/stddef.h" }).any?
    end

    def clang_folders
      told = CLANG_TELLERS.select { |program, _| program?(program) }.map do |program, (option, rest)|
        Open3.capture3(program, option).first.chomp + rest
      end
      CLANG_FOLDERS + told
    end

    # Homebrew hides most libraries from pkg-config.
    def library?(need)
      (pkg_config && system(pkg_config, "--exists", need)) ||
        (program?("brew") && system("brew", "--prefix", "--installed", PACKAGES.fetch(need).last, %i[out err] => File::NULL))
    end

    def rust?
      program?("cargo") && Gem::Version.new(IO.popen(%w[cargo --version], &:read)[/[\d.]+/] || "0") >= RUST
    end
  end
end
