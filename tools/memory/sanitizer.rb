# frozen_string_literal: true

require "rbconfig"
require_relative "../../ext/librdkafka"

# Runs the driver's own tests, which know no Ruby, under one of LLVM's sanitizers. librdkafka is compiled with the same
# sanitizer, since what one side cannot see of the other would be missed or reported for nothing.
class Sanitizer
  ROOT = File.expand_path("../..", __dir__)
  TARGET = "#{RbConfig::CONFIG["host_cpu"]}-unknown-linux-gnu".freeze
  private_constant :ROOT, :TARGET

  # @param name [String] "address" or "thread"
  # @param cargo [Array<String>] further options for cargo
  # @param options [Hash{String => String}] environment for the sanitizer's run time
  def initialize(name, cargo: [], options: {})
    @name = name
    @cargo = cargo
    @options = options
  end

  # @return [void]
  # @raise [RuntimeError] if a test fails or the sanitizer finds something
  def test
    linkage = Librdkafka.linkage
    env = {
      "CC" => "clang",
      "CFLAGS" => "-fsanitize=#{@name} -fno-omit-frame-pointer",
      "RUSTFLAGS" => "-Zsanitizer=#{@name} -Cforce-frame-pointers=yes",
      "CARGO_TARGET_DIR" => File.join(ROOT, "target", "sanitized", @name)
    }
    command = ["cargo", "+nightly", "test", "--locked", *@cargo, "--target", TARGET, "--package", "karafka-driver",
               "--features", linkage.features.join(",")]
    system({ **linkage.env, **env, **@options }, *command, chdir: ROOT) or raise "#{command.first(3).join(" ")} failed"
  end
end
