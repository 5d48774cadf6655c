# frozen_string_literal: true

require "English"

desc "Make a site of the guide and the Ruby API, in doc/"
task :doc do
  require_relative "../tools/documentation/pages"
  readme, *pages = DocumentationPages.new(Dir.pwd, "tmp/pages").write
  command = ["yard", "doc", "--readme", readme, "--files", [*pages, "LICENSE"].join(","), "--asset",
             "bench/results:images"]
  found = IO.popen(command, err: %i[child out], &:read)
  abort found if found.include?("[warn]") || !$CHILD_STATUS.success?
  cp "tools/documentation/common.css", "doc/css/common.css", verbose: false # the file that YARD leaves to others
end

desc "Check that everything in lib/ is documented"
task "doc:check" do
  command = %w[yard stats --list-undoc --no-yardopts --no-save --no-cache lib/**/*.rb]
  found = IO.popen(command, err: %i[child out], &:read)
  abort found unless found.include?("100.00% documented") && !found.include?("[warn]")
end
