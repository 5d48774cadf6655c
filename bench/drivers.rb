# frozen_string_literal: true

require "fileutils"
require "json"
require "open3"
require "rbconfig"
require_relative "../ext/librdkafka"

# The drivers that are compared. Each runs a scenario in its own process and returns the measurements.
module Drivers
  NAMES = %w[native ffi python raw].freeze
  FOLDER = __dir__

  # A driver of the Rdkafka API.
  class Ruby
    attr_reader :name

    def initialize(name, gemfile)
      @name = name
      @environment = { "BUNDLE_GEMFILE" => File.join(FOLDER, gemfile), "RUBYLIB" => nil, "RUBYOPT" => nil }
      @command = ["bundle", "exec", RbConfig.ruby, *Drivers.ruby_options, File.join(FOLDER, "run_scenario.rb")]
    end

    # @return [String, nil] why it cannot run
    def obstacle; end

    def run(scenario, **place)
      Drivers.readings(@environment, *@command, scenario.name, JSON.generate(place))
    end
  end

  # confluent-kafka-python, for the scenarios in python.py. `rake bench` installs it.
  class Python
    PACKAGE = "confluent-kafka==2.16.1"
    FOLDER = File.join(Librdkafka::ROOT, "tmp", "bench", "python")
    PROGRAM = File.join(Drivers::FOLDER, "python.py")
    ENVIRONMENT = { "PYTHONPATH" => FOLDER, "PYTHONDONTWRITEBYTECODE" => "1" }.freeze

    class << self
      # Does nothing if it is already installed or cannot be installed.
      def install
        return if new.obstacle.nil?

        impatient = %w[--retries 0 --timeout 5]
        system("python3", "-m", "pip", "install", "--quiet", *impatient, "--target", FOLDER, PACKAGE)
      end
    end

    def name = "python"

    def obstacle
      found, status = Open3.capture2e(ENVIRONMENT, "python3", "-c", "import confluent_kafka")
      "needs #{PACKAGE}: #{found.lines.last}" unless status.success?
    rescue Errno::ENOENT
      "needs Python 3"
    end

    def run(scenario, servers:, topic:, messages:)
      Drivers.readings(ENVIRONMENT, "python3", PROGRAM, *scenario.arguments("python", servers, topic, messages))
    end
  end

  # librdkafka from C, for the scenarios that make sense there.
  class Raw
    PROGRAM = File.join(Librdkafka::ROOT, "tmp", "bench", "raw")
    SOURCE = File.join(FOLDER, "raw.c")
    # As other programs have it.
    ENVIRONMENT = { "KARAFKA_NATIVE_ALLOCATOR" => "libc" }.freeze

    def name = "raw"

    def obstacle; end

    def run(scenario, servers:, topic:, messages:)
      compile
      Drivers.readings(ENVIRONMENT, PROGRAM, *scenario.arguments("raw", servers, topic, messages))
    end

    private

    def compile
      return if File.exist?(PROGRAM) && File.mtime(PROGRAM) > File.mtime(SOURCE)

      FileUtils.mkdir_p(File.dirname(PROGRAM))
      libraries, status = Open3.capture2("pkg-config", "--libs", "openssl", "libcurl", "libzstd", "zlib")
      raise "pkg-config does not know what librdkafka needs" unless status.success?

      headers = "-I#{File.join(Librdkafka.linkage.env.fetch("LIBRDKAFKA_SOURCE"), "src")}"
      librdkafka = archive("librdkafka") or raise "rake compile comes first"
      archives = [librdkafka, *archive("libmimalloc")]
      system("cc", "-O2", headers, "-o", PROGRAM, SOURCE, *archives, *libraries.split, "-lpthread", "-lm", "-ldl") or
        raise "#{SOURCE} does not compile"
    end

    # The extension's.
    def archive(name)
      folder = ENV.fetch("CARGO_TARGET_DIR", File.join(Librdkafka::ROOT, "target"))
      Dir[File.join(folder, "release/build/*/out/#{name}.a")].max_by { |file| File.mtime(file) }
    end
  end

  class << self
    # @return [String] the Ruby that runs the drivers
    def ruby = "Ruby #{RUBY_VERSION} #{yjit? ? "with" : "without"} YJIT"

    # @return [Array<String>] what turns YJIT on where this process has it
    def ruby_options = yjit? ? ["--yjit"] : []

    # Warns about those that cannot run.
    #
    # @param names [Array<String>]
    # @return [Array<Ruby, Python, Raw>]
    def all(names)
      all = [Ruby.new("native", "native/Gemfile"), Ruby.new("ffi", "ffi/Gemfile"), Python.new, Raw.new]
      all.select { |driver| names.include?(driver.name) && able?(driver) }
    end

    # @return [Hash{String => Float}] what the command prints
    def readings(environment, *command)
      output, status = Open3.capture2(environment, *command)
      raise "failed: #{command.join(" ")}" unless status.success?

      JSON.parse(output.lines.last)
    end

    private

    def yjit? = defined?(RubyVM::YJIT) && RubyVM::YJIT.enabled?

    def able?(driver)
      obstacle = driver.obstacle
      warn "#{driver.name} is skipped: #{obstacle}" if obstacle
      obstacle.nil?
    end
  end
end
