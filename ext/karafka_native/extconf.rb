# frozen_string_literal: true

require_relative "../librdkafka"
require_relative "../requirements"

# Those who compile gems for other machines have their compiler elsewhere, and need no libraries.
missing = ENV.key?("RUBY_TARGET") ? [] : Requirements.missing
abort Requirements.advice(missing) if missing.any?

require "mkmf"
require "rb_sys/mkmf"

linkage = Librdkafka.linkage
puts "Compiling with #{linkage.description}"

create_rust_makefile("karafka_native/karafka_native") do |builder|
  builder.features = linkage.features
  builder.env = linkage.env
  builder.extra_cargo_args = ["--locked"]
  builder.auto_install_rust_toolchain = false # what is missing has been named
  if builder.rubygems_invoked?
    # The installed extension needs no debug information, and nothing stays that only compiling needed.
    builder.env["CARGO_PROFILE_RELEASE_DEBUG"] = "none"
    builder.rubygems_clean_dirs += %w[target ../../tmp ../../vendor]
  end
end
