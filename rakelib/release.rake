# frozen_string_literal: true

# What the release workflow runs.
namespace :release do
  entry = lambda do
    entries = File.read("CHANGELOG.md").split(/^## /)
    entries.find { |text| text.match?(/\A\[#{Regexp.escape(KarafkaNative::VERSION)}\] - \d{4}-\d\d-\d\d$/o) }
  end

  desc "Check that the tag, the changelog, version.rb and Cargo.toml have the same version"
  task :check, [:tag] do |_, arguments|
    version = KarafkaNative::VERSION
    problems = {
      "the tag is #{arguments.tag}, version.rb says #{version}" => arguments.tag == "v#{version}",
      "Cargo.toml has another version" => File.read("Cargo.toml").include?(%(\nversion = "#{version}"\n)),
      "CHANGELOG.md has no dated entry for #{version}" => entry.call
    }
    wrong = problems.reject { |_, right| right }.keys
    abort wrong.join("\n") if wrong.any?
  end

  desc "Write the checksums and the notes of the release into pkg/"
  task :checksums do
    sums = Dir["pkg/*.{gem,debug}"].map { |file| "#{Digest::SHA256.file(file).hexdigest}  #{File.basename(file)}\n" }
    File.write("pkg/SHA256SUMS", sums.join)
    File.write("pkg/notes.md", entry.call.lines.drop(1).join.strip)
  end

  desc "Push every gem in pkg/"
  task :push do
    Dir["pkg/*.gem"].each { |file| sh "gem", "push", file }
  end
end
