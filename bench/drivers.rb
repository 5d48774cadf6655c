# frozen_string_literal: true

require "fileutils"
require "json"
require "open3"
require "rbconfig"
require_relative "../ext/librdkafka"

# The three that are compared. Each runs a scenario in a process of its own and returns its readings.
module Drivers
  NAMES = %w[native ffi raw].freeze
  FOLDER = __dir__

  # A driver of the Rdkafka API.
  class Ruby
    attr_reader :name

    def initialize(name, gemfile, options = [])
      @name = name
      @environment = { "BUNDLE_GEMFILE" => File.join(FOLDER, gemfile), "RUBYLIB" => nil, "RUBYOPT" => nil }
      @command = ["bundle", "exec", RbConfig.ruby, *options, File.join(FOLDER, "run_scenario.rb")]
    end

    def run(scenario, **place)
      Drivers.readings(@environment, *@command, scenario.name, JSON.generate(place))
    end
  end

  # librdkafka from C, for those scenarios that make sense there.
  class Raw
    PROGRAM = File.join(Librdkafka::ROOT, "tmp", "bench", "raw")
    SOURCE = File.join(FOLDER, "raw.c")

    def name = "raw"

    def run(scenario, servers:, topic:, messages:)
      compile
      command, last = scenario.raw
      Drivers.readings({}, PROGRAM, command, servers, topic, messages.to_s, last || scenario.partitions.to_s)
    end

    private

    def compile
      return if File.exist?(PROGRAM) && File.mtime(PROGRAM) > File.mtime(SOURCE)

      FileUtils.mkdir_p(File.dirname(PROGRAM))
      flags, status = Open3.capture2(Librdkafka.linkage.env, "pkg-config", "--cflags", "--libs", "rdkafka")
      raise "pkg-config does not know librdkafka" unless status.success?

      system("cc", "-O2", "-o", PROGRAM, SOURCE, *flags.split, "-lpthread") or raise "#{SOURCE} does not compile"
    end
  end

  class << self
    # @param names [Array<String>]
    # @return [Array<Ruby, Raw>]
    def all(names)
      [Ruby.new("native", "native/Gemfile"), Ruby.new("ffi", "ffi/Gemfile"), Raw.new]
        .select { |driver| names.include?(driver.name) }
    end

    # @return [Hash{String => Float}] what the command prints
    def readings(environment, *command)
      output, status = Open3.capture2(environment, *command)
      raise "failed: #{command.join(" ")}" unless status.success?

      JSON.parse(output.lines.last)
    end
  end
end
