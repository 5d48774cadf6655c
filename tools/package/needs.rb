# frozen_string_literal: true

require "open3"

# What a compiled extension needs of the machine that loads it, read from the file.
class Needs
  # The C library and its parts, as glibc and musl name them; and libgcc_s, which comes along with it, and which zig has
  # in the extension.
  LIBC = /\A(?:lib(?:c|m|dl|pthread|rt|gcc_s)|libc\.musl-\w+|ld-(?:linux|musl)-[\w-]+)\.so(?:\.\d)?\z/
  # The oldest release of glibc that gems are for.
  GLIBC = Gem::Version.new("2.28")
  private_constant :LIBC, :GLIBC

  # @param file [String] an ELF library
  def initialize(file)
    @file = file
  end

  # @return [void]
  # @raise [RuntimeError] when it needs another library, or a newer glibc
  def check
    foreign = libraries.grep_v(LIBC)
    raise "#{@file} needs #{foreign.join(", ")}" if foreign.any?
    raise "#{@file} needs glibc #{glibc}, not #{GLIBC}" if glibc && glibc > GLIBC

    puts "#{@file} needs #{libraries.join(", ")}#{" of #{glibc}" if glibc}"
  end

  private

  def libraries = read("--dynamic").scan(/\(NEEDED\).*\[(.+)\]/).flatten

  def glibc = read("--version-info").scan(/\bGLIBC_([\d.]+)/).map { |(version)| Gem::Version.new(version) }.max

  def read(option)
    tool = %w[readelf llvm-readelf].find { |name| system("command -v #{name} >/dev/null") } or raise "no readelf"
    text, status = Open3.capture2(tool, "--wide", option, @file)
    status.success? ? text : raise("#{tool} cannot read #{@file}")
  end
end
