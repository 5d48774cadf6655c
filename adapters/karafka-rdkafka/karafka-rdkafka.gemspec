# frozen_string_literal: true

require_relative "../../lib/karafka_native/version"

Gem::Specification.new do |spec|
  spec.name = "karafka-rdkafka"
  # The release that is emulated, which is what other gems ask for, and a number of our own.
  spec.version = "0.31.0.1"
  spec.authors = ["The karafka-native developers"]
  spec.summary = "Puts karafka-native in the place of the FFI driver of this name"
  spec.description = "Karafka, WaterDrop and Karafka-Web depend on a gem of this name. This one has no code: " \
                     "it brings karafka-native, a driver with the same API and without FFI."
  spec.license = "MIT"
  spec.required_ruby_version = ">= 3.3"
  spec.metadata = { "rubygems_mfa_required" => "true", "allowed_push_host" => "none" }

  spec.files = ["lib/rdkafka.rb"]
  spec.require_paths = ["lib"]

  spec.add_dependency "karafka-native", KarafkaNative::VERSION
end
