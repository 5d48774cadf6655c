# frozen_string_literal: true

require "karafka_native/command_line"

RSpec.describe "Options of karafka-native broker" do
  def parse(*arguments)
    KarafkaNative::CommandLine::Broker::Options.parse(arguments)
  end

  it "have defaults" do
    expect(parse.to_h).to include(port: 9092, brokers: 1, topics: {}, verbose: false, json: false, help: nil)
  end

  it "are read" do
    options = parse("--port", "1000", "--brokers=3", "--topic", "a.b-c_d:4", "--topic", "e:1", "--verbose", "--json")

    expect(options.to_h)
      .to include(port: 1000, brokers: 3, topics: { "a.b-c_d" => 4, "e" => 1 }, verbose: true, json: true)
  end

  [
    %w[--port x], %w[--port -1], %w[--port 65536], %w[--port 65535 --brokers 2], %w[--brokers 0], %w[--brokers 101],
    %w[--topic a], %w[--topic a:0], %w[--topic a:b], %w[--topic a:1000000], ["--topic", "a b:1"], ["--topic", "a:1\nb"],
    ["--topic", ":1"], ["--topic", "#{"a" * 250}:1"], %w[--topic a:1 --topic a:2], %w[--topic], %w[more]
  ].each do |arguments|
    it "refuse #{arguments.inspect[0, 60]}" do
      expect { parse(*arguments) }.to raise_error(OptionParser::ParseError)
    end
  end
end
