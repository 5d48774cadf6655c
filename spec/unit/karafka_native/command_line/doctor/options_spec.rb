# frozen_string_literal: true

require "karafka_native/command_line"
require "tmpdir"

RSpec.describe "Options of karafka-native doctor" do
  around { |example| Dir.mktmpdir { |folder| example.metadata[:folder] = folder and example.run } }

  def parse(*arguments)
    KarafkaNative::CommandLine::Doctor::Options.parse(arguments)
  end

  # A file with this text.
  def file(text)
    File.join(RSpec.current_example.metadata[:folder], "kafka.yml").tap { |path| File.write(path, text) }
  end

  it "have defaults" do
    expect(parse.to_h).to include(topic: nil, group: nil, timeout_ms: 5_000, json: false, help: nil)
    expect(parse.settings.to_h).to eq({})
  end

  it "are read" do
    options = parse("-o", "a=b=c", "-od=", "--topic", "t", "--group=g", "--timeout", "100", "--json")

    expect(options.to_h).to include(topic: "t", group: "g", timeout_ms: 100, json: true)
    expect(options.settings.to_h).to eq("a" => "b=c", "d" => "")
  end

  [
    "bootstrap.servers: a:1\nacks: 1\nenable.idempotence: false\nsasl.username:\n",
    ":bootstrap.servers: a:1\n:acks: 1\nenable.idempotence: false\n",
    "kafka:\n  bootstrap.servers: a:1\n  acks: 1\n  enable.idempotence: false\n"
  ].each do |text|
    it "come from a file: #{text.inspect}" do
      expect(parse("--config", file(text)).settings.to_h)
        .to eq("bootstrap.servers" => "a:1", "acks" => "1", "enable.idempotence" => "false")
    end
  end

  it "replace each other, the last one holds, whichever of its names an option has" do
    path = file("metadata.broker.list: a:1\nacks: 1\n")

    expect(parse("--config", path, "-o", "bootstrap.servers=b:2").settings.to_h)
      .to eq("bootstrap.servers" => "b:2", "acks" => "1")
    expect(parse("-o", "bootstrap.servers=b:2", "--config", path).settings["bootstrap.servers"]).to eq("a:1")
  end

  [
    %w[-o], %w[-o a], %w[-o =a], %w[--timeout 99], %w[--timeout 600001], %w[--timeout x], %w[--topic],
    ["--topic", ""], ["--group", ""], %w[--config], %w[--config /nowhere/kafka.yml], %w[--config /], %w[more]
  ].each do |arguments|
    it "refuse #{arguments.inspect}" do
      expect { parse(*arguments) }.to raise_error(OptionParser::ParseError)
    end
  end

  ["- a\n", "a", "", "a: [1]", "a: {b: c}", "a: 'hidden", "a: !ruby/object:Object {}", "a: *hidden", "\xff\xfe\x00"]
    .each do |text|
    it "refuse a file with #{text.inspect}, without printing what is in it" do
      expect { parse("--config", file(text)) }.to raise_error(OptionParser::ParseError) { |error|
        expect(error.message).to include("kafka.yml")
        expect(error.message).not_to include("hidden")
      }
    end
  end
end
