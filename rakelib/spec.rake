# frozen_string_literal: true

require "open3"

# Examples mostly wait, so four processes share two cores. They take the files slice by slice, so they end at about the
# same time; what a slice prints comes out whole.
def rspec(files, ruby: [], options: [])
  by_size = files.sort_by { |file| -File.size(file) }
  waiting = Thread::Queue.new(by_size.group_by.with_index { |_, index| index % 24 }.values).close
  failed = Array.new(4) do
    Thread.new do
      failures = 0
      while (slice = waiting.pop)
        output, status = Open3.capture2e(RbConfig.ruby, *ruby, "-S", "rspec", *options, *slice)
        $stdout.write(output)
        failures += 1 unless status.success?
      end
      failures
    end
  end.sum(&:value)
  abort "rspec failed" if failed.positive?
end

desc "Run the specs that need nothing but this machine"
task :spec do
  rspec FileList["spec/{unit,mock,docs}/**/*_spec.rb"]
end

desc "Run specs with every call checked against the signatures in sig/"
task :types do
  # Without specs that mostly run child processes, or that are about values that signatures exclude.
  specs = FileList["spec/mock/**/*_spec.rb"]
    .exclude(/(bad_input|fork|gc|interrupt|memory|process_exit|quickstart|threads)_spec/)
  rspec specs, ruby: ["-r./spec/types/checked.rb"], options: ["--tag", "~untyped"]
end

desc "Install the FFI driver for the comparison"
task :reference do
  # Gives up quickly, because the comparison is skipped without the driver.
  install_bundle("spec/conformance/Gemfile", "BUNDLE_TIMEOUT" => "5", "BUNDLE_RETRY" => "0")
end

desc "Compare what can be observed with the FFI driver"
task conformance: :reference do
  sh "rspec", "spec/conformance"
end
