# frozen_string_literal: true

desc "Lint the Ruby code"
task :rubocop do
  sh "rubocop"
end

desc "Validate the signatures in sig/"
task :rbs do
  sh "rbs", "-I", "sig", "validate"
end

desc "Lint everything"
task lint: %i[cargo:lint rubocop doc:check doc rbs]
