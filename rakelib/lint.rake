# frozen_string_literal: true

desc "Lint the Ruby code"
task :rubocop do
  sh "rubocop"
end

desc "Write the documentation of the Ruby API into doc/"
task :doc do
  sh "yard", "doc"
end

desc "Check that everything in lib/ is documented"
task "doc:check" do
  command = %w[yard stats --list-undoc --no-yardopts --no-save --no-cache lib/**/*.rb]
  found = IO.popen(command, err: %i[child out], &:read)
  abort found unless found.include?("100.00% documented") && !found.include?("[warn]")
end

desc "Check the signatures in sig/ as such"
task :rbs do
  sh "rbs", "-I", "sig", "validate"
end

desc "Lint everything"
task lint: %i[cargo:lint rubocop doc:check rbs]
