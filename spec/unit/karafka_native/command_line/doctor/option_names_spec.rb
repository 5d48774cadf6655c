# frozen_string_literal: true

require "karafka_native/command_line"
require "karafka_native/command_line/doctor/option_names"

RSpec.describe "Names of options, as karafka-native doctor knows them" do
  let(:names) { KarafkaNative::CommandLine::Doctor::OptionNames }

  def known?(name)
    Rdkafka::Config.new(name => "").describe_properties
    true
  rescue Rdkafka::Config::ConfigError => e
    !e.message.include?("No such configuration property")
  end

  it "are librdkafka's", librdkafka: "2.16" do
    expect((names::UNSET + names::DEPRECATED).reject { |name| known?(name) }).to eq([])
  end

  it "have no value by default, where they are said to" do
    defaults = Rdkafka::Config.new.describe_properties.keys.map(&:to_s)

    expect(names::UNSET & defaults).to eq([])
  end

  { "bootstrap.server" => "bootstrap.servers", "sasl.pasword" => "sasl.password", "ack" => "acks",
    "ssl.ca.lokation" => "ssl.ca.location", "group_id" => "group.id", "no.such.thing.at.all" => nil }
    .each do |wrong, right|
    it "are near to #{wrong}" do
      expect(names.nearest(wrong)).to eq(right)
    end
  end
end
