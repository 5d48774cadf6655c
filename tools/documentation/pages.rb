# frozen_string_literal: true

require "fileutils"

# Prepares the pages of the guide for YARD, in a separate folder: each gets a title for the list of pages, links between
# pages lead to YARD's pages, and comments for the tests are removed.
class DocumentationPages
  # Other names for pages whose names YARD could not tell apart.
  NAMES = { "docs/README.md" => "guide" }.freeze
  LINK = /(\]\()([^)\s#:]+)?(#[^)\s]+)?(\))/
  private_constant :NAMES, :LINK

  # @param root [String] the repository
  # @param folder [String] for the pages
  def initialize(root, folder)
    @root = root
    @folder = folder
  end

  # @return [Array<String>] the pages, in the order in which the site lists them
  def write
    FileUtils.rm_rf(@folder)
    FileUtils.mkdir_p(@folder)
    sources.map { |source| File.join(@folder, "#{name(source)}.md").tap { |path| File.write(path, page(source)) } }
  end

  private

  # In the order of the guide's index.
  def sources
    guide = File.read(File.join(@root, "docs/README.md")).scan(%r{\]\(([\w/-]+\.md)\)}).flatten.map do |link|
      "docs/#{link}"
    end
    others = Dir.glob(%w[docs/**/*.md *.md], base: @root).sort
    ["README.md", "docs/README.md", *(guide & others), *others].uniq
  end

  def name(source)
    NAMES.fetch(source) { source.delete_prefix("docs/").delete_suffix(".md").tr("/", "-") }
  end

  def page(source)
    text = File.read(File.join(@root, source)).gsub(/^<!--.*?-->\n/m, "")
    title = text[/\A# (.*)/, 1].delete("`")
    "# @title #{title}\n#{outside_code(text) { |prose| with_links(source, prose) }}"
  end

  def with_links(source, prose)
    prose.gsub(LINK) { "#{$1}#{target(source, $2, $3)}#{$4}" } # rubocop:disable Style/PerlBackrefs
  end

  def outside_code(text)
    text.split(/(^```.*?^```$|`[^`\n]+`)/m).map { |part| part.start_with?("`") ? part : yield(part) }.join
  end

  def target(source, path, anchor)
    file = path ? File.expand_path(path, "/#{File.dirname(source)}").delete_prefix("/") : source
    return "images/#{File.basename(file)}" if file.start_with?("bench/results/")
    return file unless file.end_with?(".md") || file == "LICENSE"

    "#{"file.#{name(file)}.html" if path}#{anchor && "##{heading(file, anchor.delete_prefix("#"))}"}"
  end

  # YARD's anchors of headings differ from GitHub's.
  def heading(file, anchor)
    headings = File.readlines(File.join(@root, file), chomp: true).filter_map { |line| line[/\A#+ (.*)/, 1] }
    text = headings.find { |heading| heading.downcase.gsub(/[^\p{Word}\- ]/, "").tr(" ", "-") == anchor }
    text ? text.delete("`").gsub(/\W/, "_") : anchor
  end
end
