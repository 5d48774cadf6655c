# frozen_string_literal: true

require_relative "lib/karafka_native/version"

Gem::Specification.new do |spec|
  spec.name = "karafka-native"
  spec.version = KarafkaNative::VERSION
  spec.authors = ["The karafka-native developers"]
  spec.summary = "Native Kafka driver for Karafka, WaterDrop and everything else that uses the rdkafka API"
  spec.description = "Takes the place of karafka-rdkafka: the same Rdkafka API on the same librdkafka, bound by a " \
                     "Rust extension instead of FFI. Faster, interruptible, fork-safe and hard to crash."
  spec.license = "MIT"
  # RubyGems warns that there is no homepage; there is none yet.
  spec.required_ruby_version = ">= 3.3"
  spec.metadata["rubygems_mfa_required"] = "true"

  spec.files = Dir[
    "exe/*", "lib/**/*.rb", "sig/**/*.rbs", "ext/**/*.{rb,rs,toml,txt,c,h,pc}", "Cargo.{toml,lock}",
    "{README,DESIGN,CHANGELOG,CONTRIBUTING,SECURITY}.md", "LICENSE", "docs/**/*.md", "bench/results/two-cores.svg"
  ]
  spec.extensions = ["ext/karafka_native/extconf.rb"]
  spec.require_paths = ["lib"]
  spec.bindir = "exe"
  spec.executables = ["karafka-native"]

  spec.add_dependency "json", ">= 2.3", "< 4"
  spec.add_dependency "logger", "~> 1.5"
  spec.add_dependency "rb_sys", "~> 0.9.110" # for compiling; gems with a compiled extension leave it out
end
