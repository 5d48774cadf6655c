# frozen_string_literal: true

# Compares this driver with karafka-rdkafka in one run: interleaved repetitions, each in a process of its own and on a
# fresh topic, medians, ratios. `rake bench`, or `ruby -Ilib bench/run.rb --help`.
require "json"
require "open3"
require "optparse"
require "rbconfig"
require "rdkafka"

# Runs the scenarios and prints a table.
class Bench
  FOLDER = __dir__
  PARTITIONS = 12

  def initialize(messages:, repetitions:)
    @messages = messages
    @repetitions = repetitions
    @results = Hash.new { |results, key| results[key] = [] }
  end

  def run
    @repetitions.times do
      drivers.each { |driver, command| repeat(driver, command) }
    end
    print_table
  end

  private

  def drivers
    scenarios = File.join(FOLDER, "scenarios.rb")
    {
      native: [{}, RbConfig.ruby, "-I", File.expand_path("../lib", FOLDER), scenarios],
      ffi: [{ "BUNDLE_GEMFILE" => File.join(FOLDER, "Gemfile") }, "bundle", "exec", RbConfig.ruby, scenarios]
    }
  end

  # The mock cluster keeps few messages: a new one for each.
  def repeat(driver, (env, *command))
    KarafkaNative::MockCluster.new(brokers: 3) do |cluster|
      cluster.create_topic("bench", partitions: PARTITIONS)
      output, status = Open3.capture2(env, *command, cluster.bootstrap_servers, "bench", @messages.to_s)
      raise "#{driver} failed" unless status.success?

      output.each_line(chomp: true) do |line|
        result = JSON.parse(line)
        @results[[result.delete("scenario"), driver]] << result
      end
    end
  end

  def print_table
    puts "#{@messages} messages of 100 bytes, #{PARTITIONS} partitions, mock cluster of 3 brokers, " \
         "medians of #{@repetitions} interleaved repetitions, Ruby #{RUBY_VERSION}"
    puts
    puts "| scenario | this driver, msg/s | FFI, msg/s | ratio | CPU µs/msg | FFI | objects/msg | FFI |"
    puts "| --- | --- | --- | --- | --- | --- | --- | --- |"
    @results.keys.map(&:first).uniq.each { |scenario| puts row(scenario) }
  end

  def row(scenario)
    native, ffi = %i[native ffi].map { |driver| @results[[scenario, driver]] }
    speeds = [native, ffi].map { |results| median(results, "per_second") }
    cells = [scenario, *speeds.map { |speed| speed.round(-3) }, "#{(speeds[0] / speeds[1]).round(1)}×"]
    %w[cpu_us objects].each do |reading|
      cells.push(median(native, reading).round(1), median(ffi, reading).round(1))
    end
    "| #{cells.join(" | ")} |"
  end

  def median(results, reading)
    sorted = results.map { |result| result[reading] }.sort
    (sorted[(sorted.size - 1) / 2] + sorted[sorted.size / 2]) / 2.0
  end
end

options = { messages: 100_000, repetitions: 5 }
OptionParser.new do |parser|
  parser.on("--messages N", Integer) { |value| options[:messages] = value }
  parser.on("--repetitions N", Integer) { |value| options[:repetitions] = value }
end.parse!
Bench.new(**options).run
