# frozen_string_literal: true

require_relative "../support/pages"

# What pages mention between backticks.
RSpec.describe "Names in the documentation" do
  # What looks like one but is the driver's own, Karafka's, a broker's or a topic's.
  let(:others) do
    %w[
      advertised.listeners cleanup.policy error.occurred group.initial.rebalance.delay.ms
      group.share.delivery.count.limit max.message.bytes message.timestamp.type min.insync.replicas
      oauth.token_provider_listener rdkafka.log retention.ms share.acknowledgement.mode statistics.unassigned.include
    ]
  end

  def option?(name)
    Rdkafka::Config.new(name => "").send(:native_config)
    true
  rescue Rdkafka::Config::ConfigError => e
    !e.message.include?("No such configuration property")
  end

  # @return [Array<Pages::Place>]
  def terms(pattern)
    Pages.all.reject { |page| page.name.start_with?("examples/") }.flat_map(&:terms)
      .select { |term| term.text.match?(pattern) }
  end

  def known?(name)
    owner, kind, method = name.match(/\A([\w:]+?)([#.])(\w+[?!=]?)/).captures
    object = Object.const_get(owner)
    kind == "#" ? object.method_defined?(method) : object.respond_to?(method)
  end

  it "are options of librdkafka" do
    files = /\.(c|cert|gem|gemspec|h|json|key|md|pem|rb|rbs|rs|ru|so|svg|toml|txt|yml)\z/
    names = terms(/\A[a-z]+(\.[a-z]+)+\z/).reject { |term| term.text.match?(files) || others.include?(term.text) }

    expect(names.reject { |term| option?(term.text) }.map(&:to_s)).to eq([])
  end

  it "are examples" do
    names = terms(%r{\Aexamples/}).reject { |term| File.exist?(File.join(Pages::ROOT, term.text)) }

    expect(names.map(&:to_s)).to eq([])
  end

  it "are constants" do
    names = terms(/\A(Rdkafka|KarafkaNative)(::[A-Z]\w*)+\z/)

    expect(names.reject { |term| Object.const_defined?(term.text) }.map(&:to_s)).to eq([])
  end

  it "are methods" do
    names = terms(/\A(Rdkafka|KarafkaNative)(::[A-Z]\w*)*[#.][a-z_]+[?!=]?/)

    expect(names.reject { |term| known?(term.text) }.map(&:to_s)).to eq([])
  end
end
