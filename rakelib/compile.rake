# frozen_string_literal: true

desc "Fetch librdkafka's source, unless it is already there"
task :librdkafka do
  puts "Using #{Librdkafka.linkage.description}"
end

# For machines without a gem registry, because Debian has no package of rb_sys.
def compile_without_rb_sys
  run_cargo("build", "--release", "--package", "karafka_native")
  target = ENV.fetch("CARGO_TARGET_DIR", "target")
  # Replaces the file instead of overwriting it, because a running process may have mapped the old one.
  install "#{target}/release/libkarafka_native.#{RbConfig::CONFIG["SOEXT"]}",
    "lib/karafka_native/karafka_native.#{RbConfig::CONFIG["DLEXT"]}", mode: 0o755
end

begin
  require "rake/extensiontask" # before rb_sys, which ends the process without it
  require "rb_sys/extensiontask"
rescue LoadError
  desc "Compile the extension (release profile)"
  task(compile: :librdkafka) { compile_without_rb_sys }
else
  RbSys::ExtensionTask.new("karafka_native", SPECIFICATION) do |extension|
    extension.lib_dir = "lib/karafka_native"
    extension.source_pattern = "../{driver,librdkafka}/**/*.{rs,toml,c,h}"
    extension.no_native = true # gems are compiled for one platform and several Rubies: gem.rake
    extension.cross_compiling { |gem| gem.files = gem.files.grep_v(%r{\Aext/}) << "LICENSES.txt" }
  end
end
