# frozen_string_literal: true

suppressions = File.expand_path("../tools/memory", __dir__)

# Only what comes from the C library is checked.
ALLOCATOR = { "KARAFKA_NATIVE_ALLOCATOR" => "libc" }.freeze

# Runs the driver's tests, which need no Ruby, under one of LLVM's sanitizers. librdkafka is compiled with the same one:
# in code without instrumentation, a sanitizer misses faults or reports false ones.
def run_sanitized(sanitizer, options, *)
  linkage = Librdkafka.linkage
  env = linkage.env.merge(
    "CC" => "clang", "CFLAGS" => "-fsanitize=#{sanitizer} -fno-omit-frame-pointer",
    "RUSTFLAGS" => "-Zsanitizer=#{sanitizer} -Cforce-frame-pointers=yes", "CARGO_TARGET_DIR" => "target/#{sanitizer}",
    **ALLOCATOR, **options
  )
  target = "#{RbConfig::CONFIG["host_cpu"]}-unknown-linux-gnu"
  sh(env, "cargo", "+nightly", "test", *, "--locked", "--target", target, "--package", "karafka-driver", "--tests",
    "--features", linkage.features.join(","))
end

namespace :memory do
  desc "Test the driver under AddressSanitizer, leaks included (needs nightly Rust and clang)"
  task :address do
    run_sanitized("address", { "LSAN_OPTIONS" => "suppressions=#{suppressions}/leak.supp" })
  end

  desc "Test the driver under ThreadSanitizer (needs nightly Rust with rust-src, and clang)"
  task :thread do
    # The standard library has to be compiled with it too.
    run_sanitized("thread", { "TSAN_OPTIONS" => "suppressions=#{suppressions}/thread.supp" }, "-Zbuild-std")
  end

  desc "Run fast specs of the extension under Valgrind (needs valgrind)"
  task valgrind: :compile do
    require "ruby_memcheck"
    require "ruby_memcheck/rspec/rake_task"

    ENV.update(ALLOCATOR)
    configuration = RubyMemcheck::Configuration.new(
      binary_name: "karafka_native", valgrind_suppressions_dir: suppressions
    )
    # Specs that call a lot of native code without child processes, which would take Valgrind minutes.
    RubyMemcheck::RSpec::RakeTask.new(configuration, :watched) do |watched|
      watched.pattern = %w[
        spec/unit/{consumer,error,producer}/**/*_spec.rb spec/unit/karafka_native/statistics_spec.rb
        spec/mock/consumer/{message,topic_partition_list}_spec.rb spec/mock/producer/delivery_handle_spec.rb
      ]
    end
    Rake::Task["watched"].invoke
  end
end

desc "Check memory and threads: sanitizers for the driver, Valgrind for the extension, which takes one core"
multitask memory: %w[memory:address memory:thread memory:valgrind]
