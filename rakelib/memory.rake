# frozen_string_literal: true

require_relative "../tools/memory/sanitizer"

suppressions = File.expand_path("../tools/memory", __dir__)

namespace :memory do
  desc "Test the driver under AddressSanitizer, leaks included (needs nightly Rust and clang)"
  task :address do
    Sanitizer.new("address", options: { "LSAN_OPTIONS" => "suppressions=#{suppressions}/leak.supp" }).test
  end

  desc "Test the driver under ThreadSanitizer (needs nightly Rust with rust-src, and clang)"
  task :thread do
    # ThreadSanitizer does not know a standard library that was compiled without it.
    Sanitizer.new("thread", cargo: ["-Zbuild-std"],
      options: { "TSAN_OPTIONS" => "suppressions=#{suppressions}/thread.supp" }).test
  end

  desc "Run fast specs of the extension under Valgrind (needs valgrind)"
  task valgrind: :compile do
    require "ruby_memcheck"
    require "ruby_memcheck/rspec/rake_task"

    configuration = RubyMemcheck::Configuration.new(
      binary_name: "karafka_native", valgrind_suppressions_dir: suppressions
    )
    # Specs that call much native code, but make no child processes, which Valgrind would follow for minutes.
    RubyMemcheck::RSpec::RakeTask.new(configuration, :watched) do |watched|
      watched.pattern = %w[
        spec/unit/{consumer,error,producer}/**/*_spec.rb spec/unit/karafka_native/statistics_spec.rb
        spec/mock/consumer/{message,topic_partition_list}_spec.rb spec/mock/producer/delivery_handle_spec.rb
      ]
    end
    Rake::Task["memory:watched"].invoke
  end
end

desc "Look for faults of memory and threads: sanitizers for the driver, Valgrind for the extension"
task memory: %w[memory:address memory:thread memory:valgrind]
