# frozen_string_literal: true

# Runs a cargo command linked with the chosen librdkafka and this Ruby.
def run_cargo(command, *)
  linkage = Librdkafka.linkage
  env = linkage.env.merge("RUBY" => RbConfig.ruby)
  sh(env, "cargo", command, "--locked", "--features", linkage.features.join(","), *)
end

namespace :cargo do
  desc "Test the crates that know no Ruby"
  task :test do
    run_cargo("test", "--package", "karafka-driver", "--package", "librdkafka")
  end

  desc "Check that the Rust code compiles"
  task :check do
    run_cargo("check", "--workspace")
  end

  desc "Lint the Rust code"
  task :lint do
    sh "cargo", "fmt", "--all", "--check"
    run_cargo("clippy", "--workspace", "--all-targets", "--", "--deny", "warnings")
  end
end
