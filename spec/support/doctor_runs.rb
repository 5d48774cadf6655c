# frozen_string_literal: true

require "stringio"

# Runs `karafka-native doctor` in this process.
module DoctorRuns
  # What it has found.
  #
  # @!attribute status [Integer] exit status
  # @!attribute text [String] all that it has printed
  # @!attribute steps [Array<Hash>]
  Run = Data.define(:status, :text, :steps) do
    # @return [Array<String>] steps that failed, each once
    def failed
      titles("failed")
    end

    # @return [Array<String>] steps in which something was well, each once
    def well
      titles("ok")
    end

    # @return [String] all that was said of a step
    def about(title)
      said = steps.select { |step| step["step"] == title }
      said.flat_map { |step| step.values_at("text", "advice") }.compact.join("\n")
    end

    private

    def titles(status)
      steps.select { |step| step["status"] == status }.map { |step| step["step"] }.uniq
    end
  end

  # @param options [Hash] Kafka options
  # @return [Run]
  def doctor(topic: nil, group: nil, timeout: 10_000, **options)
    require "karafka_native/command_line"
    arguments = options.flat_map { |name, value| ["-o", "#{name}=#{value}"] }
    arguments.push("--topic", topic) if topic
    arguments.push("--group", group) if group
    out = StringIO.new
    logger = Rdkafka::Config.logger
    status = within(120) do
      KarafkaNative::CommandLine.run(["doctor", "--json", "--timeout", timeout.to_s, *arguments], out: out, err: out)
    end
    Run.new(status: status, text: out.string, steps: JSON.parse(out.string).fetch("steps"))
  ensure
    Rdkafka::Config.error_callback = Rdkafka::Config.statistics_callback = nil
    Rdkafka::Config.logger = logger
  end
end

RSpec.configure { |config| config.include DoctorRuns }
