# frozen_string_literal: true

require "tmpdir"
require_relative "../support/pages"
require_relative "../../tools/documentation/pages"

# What `rake doc` gives to YARD.
RSpec.describe DocumentationPages do
  let(:folder) { Dir.mktmpdir }
  let(:pages) { described_class.new(Pages::ROOT, folder).write }
  let(:texts) { pages.to_h { |path| [File.basename(path, ".md"), File.read(path)] } }

  after { FileUtils.rm_rf(folder) }

  # @return [Array<Array(String, String)>] page and part that links lead to
  def targets
    link = /\]\((?:file\.([^)#]+)\.html)?(?:#([^)]+))?\)/
    texts.flat_map { |name, text| text.scan(link).map { |page, part| [page || name, part] } }
  end

  def headings(name)
    texts.fetch(name).scan(/^#+ (.*)/).map { |(text)| text.delete("`").gsub(/\W/, "_") }
  end

  it "has the README first, and then the guide in the order in which it is read" do
    expect(texts.keys.first(4)).to eq(%w[README guide getting-started testing])
    expect(texts.size).to eq(Pages.all.count { |page| !page.name.start_with?("examples/") })
  end

  it "has links to pages and headings of the site" do
    expect(targets.map(&:first).uniq - texts.keys).to eq([])
    expect(targets.reject { |name, id| id.nil? || headings(name).include?(id) }).to eq([])
    expect(texts.values.flat_map { |text| text.scan(/\]\((?!https?:)[^)]*\.md[^)]*\)/) }).to eq([])
  end

  # YARD takes a table whose headings are all empty for text.
  it "has tables with headings" do
    expect(texts.select { |_, text| text.match?(/^\|[ |]+\|\n\| ?-/) }.keys).to eq([])
  end

  it "has the titles of pages in its lists" do
    expect(texts.fetch("command")).to start_with("# @title The command karafka-native\n")
    expect(texts.values).to all(start_with("# @title "))
  end

  it "has no comments for tests" do
    expect(texts.values.grep(/^<!--/)).to eq([])
  end
end
