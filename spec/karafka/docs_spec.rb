# frozen_string_literal: true

require "bundler"
require "open3"
require "tmpdir"
require_relative "../support/page_runner"

# The Ruby code of the documentation that needs Karafka, WaterDrop and the like: on the embedded cluster.
RSpec.describe "Code of the documentation, with Karafka" do
  include PageRunner

  # Installs a Gemfile from the documentation.
  #
  # @return [String] the names of the gems in the bundle
  def install(code)
    Dir.mktmpdir do |folder|
      source = "source Gem.sources.to_a.first\n"
      File.write(File.join(folder, "Gemfile"), source + code.gsub("vendor/karafka-native", Pages::ROOT))
      variables = ENV.slice("BUNDLE_CACHE_PATH", "BUNDLE_NO_PRUNE").merge(
        "BUNDLE_PATH" => Bundler.bundle_path.parent.parent.to_s, "BUNDLE_SILENCE_ROOT_WARNING" => "true"
      )
      Bundler.with_unbundled_env do
        output, status = Open3.capture2e(variables, "bundle", "install", "--local", chdir: folder)
        raise output unless status.success?

        File.read(File.join(folder, "Gemfile.lock"))
      end
    end
  end

  Pages.blocks("ruby").each do |block|
    next unless block.needs.first == "karafka" && !block.notes.key?("not run")

    if block.needs.include?("gemfile")
      it "installs the bundle at #{block.place}, without FFI" do
        expect(install(block.code)).to match(/^ +karafka-native /).and(satisfy { |lock| !lock.match?(/^ +ffi /) })
      end
    else
      it("works at #{block.place}") { expect(failure_of(block)).to be_nil }
    end
  end
end
