# frozen_string_literal: true

require "karafka_native/command_line"
require "stringio"

RSpec.describe "The command karafka-native" do
  let(:out) { StringIO.new }
  let(:err) { StringIO.new }

  def run(*arguments)
    KarafkaNative::CommandLine.run(arguments, out: out, err: err)
  end

  it "says what it can do" do
    expect(run("--help")).to eq(0)
    expect(out.string).to include("broker", "doctor")
  end

  it "says its version, as a program" do
    expect(karafka_native("--version")).to print_lines(KarafkaNative::VERSION)
  end

  %w[broker doctor].each do |command|
    it "says what #{command} takes" do
      expect(run(command, "--help")).to eq(0)
      expect(out.string).to start_with("Usage: karafka-native #{command}")
    end

    it "has every option of #{command} on its page" do
      run(command, "--help")
      page = File.read(File.expand_path("../../../docs/command.md", __dir__))
      section = page[/^## `karafka-native #{command}`.*?(?=^## |\z)/m]
      names = out.string.scan(/^ +(-\S+)/).flatten - ["--help"]

      expect(names.size).to be >= 5
      expect(names.reject { |name| section.include?("| `#{name}") }).to eq([])
    end
  end

  [[], ["nonsense"], ["--nonsense"], ["broker", "--nonsense"], %w[broker more], ["broker", "--topic", "\xff:1"],
   ["doctor", "--nonsense"], %w[doctor more]].each do |arguments|
    it "ends with 2 for #{arguments}" do
      expect(run(*arguments)).to eq(2)
      expect(out.string).to be_empty
      expect(err.string.lines.size).to eq(1)
      expect(err.string).to include("--help")
    end
  end

  [["sasl.password=hidden"], ["broker", "sasl.password=hidden"], ["doctor", "sasl.password=hidden"],
   ["doctor", "--sasl.password=hidden"]].each do |arguments|
    it "does not print what may be a secret in the wrong place: #{arguments}" do
      expect(run(*arguments)).to eq(2)
      expect(err.string).not_to include("hidden")
    end
  end

  it "ends quietly when nobody reads any further" do
    reader, writer = IO.pipe
    reader.close

    expect(KarafkaNative::CommandLine.run(["--help"], out: writer, err: err)).to eq(1)
  end

  it "is not loaded with the driver" do
    expect(run_child("puts $LOADED_FEATURES.grep(/command_line|optparse/)")).to print_lines
  end
end
