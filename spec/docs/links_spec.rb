# frozen_string_literal: true

require_relative "../support/pages"

# Where pages lead to.
RSpec.describe "Links of the documentation" do
  def page_at(path)
    Pages.all.find { |page| page.name == path }
  end

  # @return [String, nil] what is wrong with it
  def fault(link)
    path, anchor = link.text.split("#", 2)
    target = path.empty? ? link.page.name : File.join(File.dirname(link.page.name), path).delete_prefix("./")
    target = File.expand_path(target, "/").delete_prefix("/")
    return "no file #{target}: #{link}" unless File.exist?(File.join(Pages::ROOT, target))
    return if anchor.nil? || anchor.empty? || !target.end_with?(".md")

    "no such heading: #{link}" unless page_at(target).anchors.include?(anchor)
  end

  it "name files and headings that are there" do
    links = Pages.all.flat_map(&:links).reject { |link| link.text.match?(/\A[a-z]+:/) }

    expect(links.filter_map { |link| fault(link) }).to eq([])
  end

  it "lead to nobody's example addresses" do
    addresses = Pages.all.flat_map(&:links).select { |link| link.text.include?("example.com") }

    expect(addresses.map(&:to_s)).to eq([])
  end

  it "lead from the index to every page" do
    index = page_at("docs/README.md").links.to_set { |link| link.text.split("#").first }
    pages = Pages.all.map(&:name).grep(%r{\Adocs/}).map { |name| name.delete_prefix("docs/") } - ["README.md"]

    expect(pages.reject { |name| index.include?(name) }).to eq([])
  end
end
