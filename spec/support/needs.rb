# frozen_string_literal: true

# What some examples need and not every machine has. They ask for it by tags, and are skipped where it is not there:
#
#   it "...", :share_groups           share groups, of librdkafka 2.15 and later
#   it "...", librdkafka: "2.16"      that release of librdkafka or a later one
#   it "...", gem: "rbs >= 4"       a gem, which the example still has to require
#   it "...", tool: "gdb"             a program, or several
#   it "...", file: "/proc/self/maps" what the system offers
#   it "...", kafka: %i[sasl acl]     real brokers with these options
#   it "...", :reference              the driver to compare with
#
# The end of the run says what was skipped and what would make it run. No example may be skipped in another way.
module Needs
  # What is not there.
  #
  # @!attribute reason
  #   @return [String]
  # @!attribute remedy
  #   @return [String] command, or what to do
  Unmet = Struct.new(:reason, :remedy)

  BUNDLE = "BUNDLE_CACHE_PATH=FOLDER bin/setup"

  # Finds out, by tag, whether what its value names is there.
  CHECKS = {
    share_groups: ->(_) { CHECKS[:librdkafka].call("2.15") },
    librdkafka: lambda do |release|
      next if Gem::Version.new(Rdkafka::LIBRDKAFKA_VERSION) >= Gem::Version.new(release)

      Unmet.new("needs librdkafka #{release}", "LIBRDKAFKA_TARBALL=FILE bin/setup --exec rake compile")
    end,
    gem: lambda do |requirement|
      name, *versions = requirement.split(/ (?=[<>=~!])/)
      gem(name, *versions)
      nil
    rescue Gem::LoadError
      Unmet.new("needs the gem #{requirement}", BUNDLE)
    end,
    tool: lambda do |names|
      missing = [*names].reject { |name| system("command -v #{name} >/dev/null") }
      Unmet.new("needs #{missing.join(" and ")}", "install #{missing.join(" and ")}") if missing.any?
    end,
    file: ->(path) { Unmet.new("needs #{path}", "run it on Linux") unless File.exist?(path) },
    kafka: lambda do |options|
      running = KafkaCluster.running
      missing = running ? options - running.options.select { |_, wanted| wanted }.keys : []
      next Unmet.new("needs brokers with #{missing.join(", ")}", "bin/kafka stop") if missing.any?

      Unmet.new("needs Java 17 and Maven", "bin/setup --kafka") if !running && CHECKS[:tool].call(%w[java mvn])
    end,
    reference: lambda do |_|
      Unmet.new("needs karafka-rdkafka 0.31.0", "bin/setup --exec rake reference") if Conformance::Driver.obstacle
    end
  }.freeze

  class << self
    # @param tag [Symbol]
    # @param value [Object]
    # @return [Unmet, nil]
    def unmet(tag, value)
      @unmet ||= {}
      @unmet.fetch([tag, value]) { |key| @unmet[key] = CHECKS.fetch(tag).call(value) }
    end

    # @param examples [Array<RSpec::Core::Example>] that were skipped
    # @return [Hash{Unmet => Integer}] number of examples by what they need
    def counts(examples)
      examples.map { |example| example.metadata.fetch(:unmet) }.tally
    end

    # @param examples [Array<RSpec::Core::Example>] that were skipped or are pending
    # @return [void]
    # @raise [RuntimeError] naming those that are not because of a tag
    def allow_only_tags(examples)
      others = examples.reject { |example| example.metadata.key?(:unmet) }.map(&:location)
      raise "Skipped or pending without a tag of Needs: #{others.join(", ")}" if others.any?
    end
  end

  # The end of the run, with a line for each need instead of one for each example.
  class Summary
    def initialize(output, report = ENV.fetch("KN_SKIPPED", nil))
      @output = output
      @report = report
    end

    # @param notification [RSpec::Core::Notifications::ExamplesNotification]
    # @return [void]
    def dump_pending(notification)
      tagged = notification.pending_examples.select { |example| example.metadata.key?(:unmet) }
      return if tagged.empty?

      counts = Needs.counts(tagged)
      @output.puts "\n\nSkipped, #{tagged.size} examples:"
      counts.each { |unmet, count| @output.puts "  #{count} of them: #{unmet.reason}; #{unmet.remedy}" }
      write(counts) if @report
    end

    private

    # For bin/test, which has a table of all tiers.
    def write(counts)
      lines = counts.map { |unmet, count| [count, unmet.reason, unmet.remedy].join("\t") }
      File.write(@report, "#{lines.join("\n")}\n", mode: "a")
    end
  end
end

RSpec.configure do |config|
  Needs::CHECKS.each_key do |tag|
    config.define_derived_metadata(tag) do |metadata|
      unmet = metadata[:unmet] || Needs.unmet(tag, metadata[tag])
      metadata.update(unmet: unmet, skip: unmet.reason) if unmet
    end
  end

  # Replaced by the summary.
  config.pending_failure_output = :skip
  config.before(:suite) { config.reporter.register_listener(Needs::Summary.new(config.output_stream), :dump_pending) }
  config.after(:suite) do
    Needs.allow_only_tags(RSpec.world.all_examples.select { |example| example.execution_result.status == :pending })
  end
end
