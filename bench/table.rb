# frozen_string_literal: true

require "etc"
require "rdkafka"
require_relative "drivers"

# Medians and ratios of all measurements, as Markdown and as a Hash.
class Table
  # One scenario. Ratios are calculated per repetition.
  Row = Struct.new(:scenario, :results) do
    def name = scenario.name

    # @return [Float, nil] median of a reading
    def median(driver, reading = scenario.metric)
      middle(results[driver].filter_map { |readings| readings[reading.to_s] })
    end

    # @return [Array<Float>, nil] median, smallest and largest ratio to another driver
    def ratio(other)
      ratios = readings("native").zip(readings(other)).filter_map do |mine, theirs|
        mine / theirs if mine && theirs&.positive?
      end
      [middle(ratios), *ratios.minmax] unless ratios.empty?
    end

    # @return [Boolean] whether the goal is reached, if there is one
    def goal_reached?(other)
      goal = scenario.goals[other.to_sym]
      reached = other == "native" ? median(other) : ratio(other)&.first
      return false unless goal && reached

      scenario.rate? ? reached >= goal : reached <= goal
    end

    private

    def readings(driver) = results[driver].map { |readings| readings[scenario.metric.to_s] }

    def middle(values)
      return if values.empty?

      sorted = values.sort
      (sorted[(sorted.size - 1) / 2] + sorted[sorted.size / 2]) / 2.0
    end
  end

  OTHERS = { "ffi" => "FFI", "python" => "Python", "raw" => "librdkafka" }.freeze
  CPU = %w[native ffi python].freeze
  OBJECTS = %w[native ffi].freeze
  HEADINGS = [
    "scenario", "this driver", *OTHERS.values.flat_map { |name| [name, "ratio (spread)", "goal"] },
    "CPU µs", *CPU.drop(1).map { |driver| "CPU µs #{OTHERS[driver]}" },
    "objects", *OBJECTS.drop(1).map { |driver| "objects #{OTHERS[driver]}" }
  ].freeze

  attr_reader :rows

  # @param results [Hash{Scenario => Hash{String => Array<Hash>}}]
  # @param options [Hash] of the run
  def initialize(results, options)
    @options = options
    @rows = results.map { |scenario, by_driver| Row.new(scenario, by_driver) }
  end

  def to_s
    lines = [HEADINGS, ["---", *["--:"] * (HEADINGS.size - 1)], *rows.map { |row| cells(row) }]
    "#{conditions}\n\n#{lines.map { |cells| "| #{cells.join(" | ")} |\n" }.join}"
  end

  # @return [Hash]
  def to_h
    { conditions: conditions, scenarios: rows.map { |row| { name: row.name, **details(row) } } }
  end

  private

  def conditions
    "#{@options[:messages]} messages of 100 bytes unless said, #{@options[:bootstrap] ? "a real" : "an embedded"} " \
      "cluster on the same machine, `linger.ms` 5, `acks` 1, medians of #{@options[:repetitions]} interleaved " \
      "repetitions; #{Drivers.ruby}, librdkafka #{Rdkafka::LIBRDKAFKA_VERSION}, #{Etc.nprocessors} cores. " \
      "Rates in messages a second."
  end

  def details(row)
    {
      metric: row.scenario.metric, medians: row.results.keys.to_h { |driver| [driver, row.median(driver)] },
      ratios: OTHERS.keys.to_h { |other| [other, row.ratio(other)] }, goals: row.scenario.goals, readings: row.results
    }
  end

  def cells(row)
    others = OTHERS.keys.flat_map { |other| [number(row.median(other)), ratio(row, other), goal(row, other)] }
    cpu = CPU.map { |driver| number(row.median(driver, :cpu_us)) }
    objects = OBJECTS.map { |driver| number(row.median(driver, :objects)) }
    [row.name, own(row), *others, *cpu, *objects]
  end

  def own(row)
    goal = goal(row, "native")
    number(row.median("native")) + (goal.empty? ? "" : " (goal #{goal})")
  end

  def ratio(row, other)
    middle, low, high = row.ratio(other)
    return "" unless middle

    other == "raw" ? "#{(middle * 100).round} %" : "**#{short(middle)}×** (#{short(low)}–#{short(high)})"
  end

  def goal(row, other)
    goal = row.scenario.goals[other.to_sym] or return ""
    text = "#{short(goal)}#{"×" unless other == "native"}"
    text = "#{(goal * 100).round} %" if other == "raw" && row.scenario.rate?
    "#{row.scenario.rate? ? "≥" : "≤"} #{text}#{" ✓" if row.goal_reached?(other)}"
  end

  def short(value) = value.abs < 10 ? value.round(2).to_s : value.round.to_s

  def number(value)
    return "" unless value

    return value.round(2).to_s if value.abs < 1

    value.abs < 100 ? value.round(1).to_s : value.round.to_s.gsub(/(\d)(?=(\d{3})+$)/, '\1,')
  end
end
