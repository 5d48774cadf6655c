# frozen_string_literal: true

require_relative "../tools/package/licenses"
require_relative "../tools/package/needs"
require_relative "../tools/package/source_gem"

desc "Build the source gem, which installs without network, into pkg/"
task build: "pkg" do
  SourceGem.new(SPECIFICATION, Librdkafka.release_archive).build
end

desc "Build the adapter gems into pkg/"
task adapters: "pkg" do
  FileList["adapters/*/*.gemspec"].each do |file|
    gem = File.expand_path("pkg/#{Gem::Specification.load(file).file_name}")
    sh "gem", "build", File.basename(file), "--output", gem, chdir: File.dirname(file)
  end
end

# For native gems. The crates in the source gem have theirs.
file "LICENSES.txt" => "Cargo.lock" do |task|
  target = ENV["CARGO_BUILD_TARGET"] || ENV.fetch("RUST_TARGET") # the latter in rb-sys-dock's containers
  File.write(task.name, Licenses.new(Librdkafka.linkage, target).to_s)
end

# A native gem has an extension for each Ruby. Debug information goes into a separate file.
directory "pkg"

def split_debug_information(extension, target, platform)
  # Not plain objcopy, which may know no other machine than this one.
  tools = ["llvm-objcopy", "#{platform}-objcopy"]
  tool = tools.find { |name| system("command -v #{name} >/dev/null") } or
    raise "llvm-objcopy is missing; it is in the package llvm"
  sh tool, "--only-keep-debug", extension, target
  sh tool, "--strip-all", "--add-gnu-debuglink=#{target}", extension
end

if (platform = ENV.fetch("RUBY_TARGET", nil)) && platform.include?("linux")
  ENV.fetch("RUBY_CC_VERSION").split(":").each do |version|
    minor = version[/\d+\.\d+/]
    file "tmp/#{platform}/karafka_native/#{version}/karafka_native.so" => "pkg" do |task|
      target = "pkg/karafka_native-#{KarafkaNative::VERSION}-#{platform}-ruby#{minor}.debug"
      split_debug_information(task.name, target, platform)
      Needs.new(task.name).check
    end
  end
end
