# frozen_string_literal: true

desc "Fetch librdkafka's source, unless it is there"
task :librdkafka do
  puts "Using #{Librdkafka.linkage.description}"
end

begin
  require "rb_sys/extensiontask"
rescue LoadError
  # Debian has no package of rb_sys. Without a gem registry cargo is called by hand, for this Ruby only.
  desc "Compile the extension (release profile)"
  task compile: :librdkafka do
    run_cargo("build", "--release", "--package", "karafka_native")
    built = File.join(ENV.fetch("CARGO_TARGET_DIR", "target"), "release", "libkarafka_native.#{RbConfig::CONFIG["SOEXT"]}")
    # Replaced, not overwritten: a running process may have the old one mapped.
    install built, "lib/karafka_native/karafka_native.#{RbConfig::CONFIG["DLEXT"]}", mode: 0o755
  end
else
  RbSys::ExtensionTask.new("karafka_native", SPECIFICATION) do |extension|
    extension.lib_dir = "lib/karafka_native"
    extension.source_pattern = "../{driver,librdkafka}/**/*.{rs,toml,c,h}"
  end

  # Asked each time, because the environment decides which librdkafka is linked.
  rule(%r{\Atmp/.*/Makefile\z} => :librdkafka)
end
