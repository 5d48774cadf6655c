# frozen_string_literal: true

require "ferrum"
require "fileutils"
require "securerandom"
require "tmpdir"
require_relative "example_folder"
require_relative "topic_family"

# examples/karafka_web from its installation on: a server that works and reports, the UI under Puma, and a browser.
class WebSite
  # Where pictures of the pages are kept.
  SCREENSHOTS = File.expand_path("../../../tmp/screenshots", __dir__)
  # One that takes longer than the examples. The first is an error, and three others wait behind it.
  ORDERS = %w[oops 600 1 2 3].freeze

  class << self
    # @param bootstrap [String]
    # @return [WebSite] one for the whole run, started on first use
    def running(bootstrap)
      @running ||= new.tap { |site| site.start(bootstrap) }
    end

    # @return [void]
    # @raise [RuntimeError] if the server does not end well
    def stop
      ending = @running&.stop
      raise "the server has ended with #{ending}:\n#{@running.server.output.text}" unless [0, nil].include?(ending)
    end
  end

  # @return [String] first part of the names of groups and topics
  attr_reader :shop
  # @return [String] what `karafka-web install` has printed
  attr_reader :installation
  # @return [ExampleFolder::Started]
  attr_reader :server
  # @return [Array<String>] requests of the browser that went wrong, and exceptions of the page's scripts
  attr_reader :complaints

  def initialize
    @shop = "shop-#{SecureRandom.hex(6)}"
    @complaints = []
  end

  # @param bootstrap [String]
  # @return [void]
  def start(bootstrap)
    @folder = Dir.mktmpdir("web")
    # What `karafka-web install` writes to must not be the original.
    FileUtils.cp_r(File.join(ExampleFolder::ROOT, "karafka_web", "."), @folder)
    @topics = TopicFamily.new(bootstrap, shop)
    @example = ExampleFolder.new("karafka_web", path: @folder, environment: { "KAFKA" => bootstrap, "SHOP" => shop })
    install
    @server = @example.start("karafka", "server")
    @puma = @example.start("puma", "--bind", "tcp://127.0.0.1:0")
    @example.run("exec", "ruby", "order.rb", *ORDERS)
    @address = @puma.output.wait_for(%r{Listening on (http://\S+)})[1]
    start_browser
    wait_for_report
  rescue StandardError
    stop
    raise
  end

  # @return [Hash{String => Hash}] the topics of the application, by name
  def topics = @topics.all

  # Opens a page again and again until its text matches: what the server reports arrives some seconds later.
  #
  # @param path [String]
  # @param wanted [Regexp]
  # @return [MatchData] in the text of the page, in which each run of white space is one space
  # @raise [KafkaClients::TooSlow]
  def page(path, wanted, seconds: 30)
    deadline = now + seconds
    until (match = (text = text_of(path)).match(wanted))
      raise KafkaClients::TooSlow, "no #{wanted.inspect} in #{path}: #{text}" if now > deadline

      sleep(0.2)
    end
    @browser.screenshot(path: File.join(SCREENSHOTS, "#{path.tr("/", "-")}.png"), full: true)
    match
  end

  # @return [Integer] HTTP status of the page
  def status = @browser.network.status

  # @param selector [String] CSS
  # @param attribute [String]
  # @return [String, nil] of the first such element of the page that was opened last
  def attribute(selector, attribute) = @browser.at_css(selector)&.attribute(attribute)

  # Puma is ended by force: its own way races with Ruby 3.3, which then reports a deadlock, with or without a driver.
  #
  # @return [Integer, Symbol, nil] how the server has ended
  def stop
    @browser&.quit
    @server&.end_with(:TERM)
  ensure
    @example&.stop
    @topics&.delete
    FileUtils.rm_rf(@folder) if @folder
  end

  private

  # Karafka-Web reads its first record back as soon as it is acknowledged, and gives up when that comes to nothing, as
  # it once did on a busy machine. Installing goes on where it stopped.
  def install
    @installation = @example.run("exec", "karafka-web", "install", succeeds: false)
    @installation += @example.run("exec", "karafka-web", "install") if @installation.include?("MissingConsumersState")
    @example.run("exec", "karafka", "topics", "create")
  end

  def start_browser
    FileUtils.mkdir_p(SCREENSHOTS)
    # Chromium has no sandbox for root.
    @browser = Ferrum::Browser.new(browser_options: { "no-sandbox" => nil }, window_size: [1400, 900],
      js_errors: true, timeout: 60, process_timeout: 60)
  end

  # The Web UI reads the reports twice for its page of the status, and fails if only the later one has a partition.
  def wait_for_report
    page("consumers/overview", /#{shop}\.orders-\[0\] #{shop}\.web\.reports-\[0\]/)
  end

  def text_of(path)
    @browser.network.clear(:traffic)
    @browser.go_to("#{@address}/#{path}")
    @browser.network.wait_for_idle!(timeout: 30)
    note_failed_requests
    @browser.at_css("body").inner_text.strip.gsub(/[[:space:]]+/, " ")
  rescue Ferrum::JavaScriptError => e
    complaints << "#{path}: #{e.message}"
    ""
  end

  def note_failed_requests
    statuses = @browser.network.traffic.to_h { |exchange| [exchange.url, exchange.response&.status] }
    statuses.each { |url, status| complaints << "#{url}: #{status}" if status.to_i >= 500 }
  end

  def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)
end

RSpec.configure { |config| config.after(:suite) { WebSite.stop } }
