# frozen_string_literal: true

desc "Compare speeds with the FFI driver, confluent-kafka-python and librdkafka itself"
task :bench do
  require_relative "../bench/drivers"
  Drivers::Python.install
  %w[native ffi].each { |driver| install_bundle("bench/#{driver}/Gemfile") }
  env = { "BUNDLE_PATH" => File.expand_path("vendor/bundle") }
  sh env, RbConfig.ruby, "-Ilib", "bench/run.rb", *ENV.fetch("BENCH", "").split
end
