# frozen_string_literal: true

require "karafka_native/command_line"
require "stringio"
require_relative "../support/pages"

# Commands that pages show.
RSpec.describe "Commands in the documentation" do
  def commands
    Pages.blocks("console").flat_map do |block|
      block.code.lines.grep(/\A\$ /).map { |line| [block.place, line.delete_prefix("$ ").sub(/ # .*/, "").strip] }
    end
  end

  def help_of(command)
    out = StringIO.new
    KarafkaNative::CommandLine.run([command, "--help"], out: out, err: out)
    out.string
  end

  it "are programs of this repository, with options that they know" do
    shown = commands.flat_map do |place, line|
      line.scan(%r{(?<!\S)bin/(\w+)([^&|;]*)}).map { |program, rest| [place, program, rest.scan(/--[a-z-]+/)] }
    end
    wrong = shown.reject do |_, program, options|
      path = File.join(Pages::ROOT, "bin", program)
      next unless File.executable?(path)

      sources = [path, *Dir[File.join(Pages::ROOT, "tools/{kafka,quickstart}/*.rb")]]
      known = sources.map { |file| File.read(file) }.join
      options.all? { |option| known.include?(option) }
    end

    expect(wrong).to eq([])
    expect(shown).not_to be_empty
  end

  it "are commands of the gem, with options that they know" do
    terms = Pages.all.flat_map(&:terms).map { |term| [term.to_s, term.text] }
    shown = (commands + terms).filter_map do |place, line|
      match = line.match(/\A(?:bundle exec )?karafka-native (\w+)(.*)/m)
      [place, match[1], match[2].scan(/ (-[-a-z]+)/)] if match
    end
    helps = shown.to_h { |_, command, _| [command, help_of(command)] }

    expect(shown.reject { |_, command, options| options.flatten.all? { |option| helps[command].include?(option) } })
      .to eq([])
    expect(helps.keys).to match_array(%w[broker doctor])
  end

  it "are tasks of the Rakefile" do
    names = commands.flat_map { |place, line| line.scan(/\brake ([a-z:]+)/).map { |(task)| [place, task] } } +
            Pages.all.flat_map(&:terms).filter_map do |term|
              (task = term.text[/\Arake ([a-z:]+)/, 1]) && [term.to_s, task]
            end
    known = IO.popen(["rake", "--rakefile", File.join(Pages::ROOT, "Rakefile"), "-AT"],
      &:read).scan(/^rake (\S+)/).flatten

    expect(names.reject { |_, task| known.include?(task) }).to eq([])
  end
end
