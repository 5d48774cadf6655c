# frozen_string_literal: true

# Compares this driver with karafka-rdkafka (FFI), confluent-kafka-python and librdkafka itself (raw.c) in one run:
# `rake bench`, or `ruby -Ilib bench/run.rb --help`.
require "json"
require "optparse"
require "rdkafka"
require_relative "brokers"
require_relative "chart"
require_relative "drivers"
require_relative "profile"
require_relative "scenario"
require_relative "table"

# Runs every scenario with every driver, interleaved, each in its own process and on its own topic.
class Bench
  # @param options [Hash] see the end of this file
  def initialize(options)
    @options = options
    @scenarios = Scenario.all.select { |scenario| scenario.name.match?(options[:only]) && able?(scenario) }
    @drivers = Drivers.all(options[:drivers])
    @results = Hash.new { |results, scenario| results[scenario] = Hash.new { |own, driver| own[driver] = [] } }
  end

  # @return [void]
  def run
    1.upto(@options[:repetitions]) do |repetition|
      @scenarios.each do |scenario|
        @drivers.each { |driver| measure(scenario, driver, repetition) if scenario.for?(driver.name) }
      end
    end
    report
  end

  private

  def able?(scenario)
    return true unless scenario.metric == :own_percent && (obstacle = Profile.obstacle)

    warn "#{scenario.name} is left out: #{obstacle}"
  end

  def measure(scenario, driver, repetition)
    $stderr.print "\r\e[K#{repetition}/#{@options[:repetitions]} #{scenario.name}: #{driver.name}" if $stderr.tty?
    messages = scenario.messages(@options[:messages], driver.name)
    Brokers.with_topic(@options[:bootstrap], scenario, messages) do |servers, topic|
      @results[scenario][driver.name] << driver.run(scenario, servers: servers, topic: topic, messages: messages)
    end
  end

  def report
    $stderr.print "\r\e[K" if $stderr.tty?
    table = Table.new(@results, @options)
    puts table
    return unless @options[:output]

    File.write("#{@options[:output]}.md", table.to_s)
    File.write("#{@options[:output]}.json", JSON.pretty_generate(table.to_h))
    File.write("#{@options[:output]}.svg", Chart.new(table.rows).to_s)
  end
end

options = { messages: 100_000, repetitions: 5, only: //, drivers: Drivers::NAMES, bootstrap: nil, output: nil }
OptionParser.new do |parser|
  parser.on("--messages N", Integer, "messages of a scenario (#{options[:messages]})") { |n| options[:messages] = n }
  parser.on("--repetitions N", Integer, "interleaved repetitions (5)") { |n| options[:repetitions] = n }
  parser.on("--only PATTERN", Regexp, "scenarios whose name matches") { |pattern| options[:only] = pattern }
  parser.on("--drivers LIST", Array, "of #{Drivers::NAMES.join(",")}") { |names| options[:drivers] = names }
  parser.on("--bootstrap HOST:PORT", "a real cluster instead of the embedded one") { |s| options[:bootstrap] = s }
  parser.on("--output PATH", "writes PATH.md, PATH.json and PATH.svg, too") { |path| options[:output] = path }
end.parse!
Bench.new(options).run
