# frozen_string_literal: true

desc "Run the specs that need nothing but this machine"
task :spec do
  sh "rspec", "spec/unit", "spec/mock", "spec/docs"
end

desc "Run specs with every call checked against the signatures in sig/"
task :types do
  # Not what mostly happens in child processes, nor what is about values that signatures exclude.
  specs = FileList["spec/mock/**/*_spec.rb"]
    .exclude(/(bad_input|fork|gc|interrupt|memory|process_exit|quickstart|threads)_spec/)
  ruby "-r./spec/types/checked.rb", "-S", "rspec", "--tag", "~untyped", *specs
end

desc "Install the FFI driver for the comparison"
task :reference do
  # Short patience: without the driver the comparison is skipped.
  install_bundle("spec/conformance/Gemfile", "BUNDLE_TIMEOUT" => "5", "BUNDLE_RETRY" => "0")
end

desc "Compare what can be observed with the FFI driver"
task conformance: :reference do
  sh "rspec", "spec/conformance"
end
