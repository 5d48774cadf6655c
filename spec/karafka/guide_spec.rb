# frozen_string_literal: true

require "bundler"
require "ferrum"
require "fileutils"
require "open3"

# The site that `rake doc` makes, in a browser. Pictures of it are kept in tmp/screenshots.
RSpec.describe "The site of the guide" do
  let(:root) { File.expand_path("../..", __dir__) }
  let(:screenshots) { File.join(root, "tmp/screenshots").tap { |folder| FileUtils.mkdir_p(folder) } }
  let(:pages) { %w[index _index file.guide file.troubleshooting file.connecting Rdkafka/Consumer Rdkafka/Producer] }
  let(:browser) { Ferrum::Browser.new(browser_options: { "no-sandbox" => nil }, timeout: 30, process_timeout: 60) }

  before do
    Bundler.with_unbundled_env do
      output, status = Open3.capture2e("bin/setup", "--exec", "rake", "doc", chdir: root)
      raise output unless status.success?
    end
  end

  after { browser.quit }

  # @return [Integer] how wide the page is
  def look_at(page, device, width)
    browser.resize(width: width, height: 900)
    browser.go_to("file://#{root}/doc/#{page}.html")
    browser.screenshot(path: File.join(screenshots, "guide-#{page.tr("/", "-")}-#{device}.png"))
    browser.evaluate("Math.max(document.body.scrollWidth, document.querySelector('#content').scrollWidth)")
  end

  it "fits on desktops and phones" do
    wide = { desktop: 1280, phone: 390 }.flat_map do |device, width|
      pages.select { |page| look_at(page, device, width) > width }.map { |page| "#{page} on a #{device}" }
    end

    expect(wide).to eq([])
  end
end
