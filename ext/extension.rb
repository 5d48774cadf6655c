# frozen_string_literal: true

require "fileutils"
require "rbconfig"
require_relative "librdkafka"

# Compiles the Rust extension and puts it where `require "karafka_native/karafka_native"` finds it.
# Rake and extconf share it.
module Extension
  ROOT = Librdkafka::ROOT
  TARGET = File.join(ROOT, "lib", "karafka_native", "karafka_native.#{RbConfig::CONFIG["DLEXT"]}")

  class << self
    # @return [String] path of the compiled extension
    def compile
      puts "Compiling with #{Librdkafka.linkage.description}"
      run_cargo("build", "--release", "--package", "karafka_native")
      FileUtils.mkdir_p(File.dirname(TARGET))
      # Replaced, not overwritten: a running process may have the old one mapped.
      FileUtils.rm_f(TARGET)
      FileUtils.cp(built, TARGET)
      TARGET
    end

    # Runs a cargo command linked with the chosen librdkafka and this Ruby.
    def run_cargo(command, *)
      linkage = Librdkafka.linkage
      env = linkage.env.merge("RUBY" => RbConfig.ruby)
      features = linkage.features.join(",")
      system(env, "cargo", command, "--features", features, *, chdir: ROOT) or raise "cargo #{command} failed"
    end

    private

    def built
      directory = ENV.fetch("CARGO_TARGET_DIR", File.join(ROOT, "target"))
      suffix = RbConfig::CONFIG["host_os"].include?("darwin") ? "dylib" : "so"
      File.join(directory, "release", "libkarafka_native.#{suffix}")
    end
  end
end
