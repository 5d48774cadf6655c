# frozen_string_literal: true

require "json"
require "open3"
require "rbconfig"
require "tempfile"

module Conformance
  # A driver, in processes of its own.
  class Driver
    FOLDER = File.expand_path("../../..", __dir__)
    RUNNER = File.join(FOLDER, "spec/conformance/runner.rb")
    # Seconds that a scenario may take. Its own waiting ends before.
    PATIENCE = 40

    class << self
      # @return [Driver] the one of this checkout
      def here
        new(:here, "RUBYOPT" => nil, "BUNDLE_GEMFILE" => nil, "RUBYLIB" => File.join(FOLDER, "lib"))
      end

      # @return [Driver] the one to compare with
      def reference
        new(
          :reference,
          "RUBYOPT" => "-rbundler/setup", "BUNDLE_GEMFILE" => File.join(FOLDER, "spec/conformance/Gemfile"),
          "BUNDLE_PATH" => File.join(FOLDER, "vendor/bundle"), "RUBYLIB" => nil
        )
      end

      # @return [String, nil] why the reference cannot be loaded, or nil
      def obstacle
        return @obstacle if defined?(@obstacle)

        _, error, status = Open3.capture3(reference.environment, RbConfig.ruby, "-e", 'require "rdkafka"')
        @obstacle =
          ("karafka-rdkafka cannot be loaded (rake reference installs it): #{error.lines.first}" unless status.success?)
      end
    end

    # @return [Symbol] `:here` or `:reference`
    attr_reader :name

    # @return [Hash{String => String, nil}] of a Ruby that is to load it
    attr_reader :environment

    # @param name [Symbol]
    # @param environment [Hash]
    def initialize(name, environment)
      @name = name
      @environment = environment
    end

    # Runs some of an area's scenarios. One that ends its process, or has to be ended, leaves the rest to a new process.
    #
    # @param area [Area]
    # @param range [Range] numbers of the scenarios
    # @param servers [String]
    # @param prefix [String] of names
    # @param cluster [KarafkaNative::MockCluster, nil] which scenarios may change
    # @return [Hash{String => String}] what was observed, by scenario
    def observe(area, range, servers, prefix, cluster)
      wanted = area.scenarios[range]
      observed = {}
      until observed.size == wanted.size
        missing = [range.begin + observed.size, wanted.size - observed.size].map(&:to_s)
        ending = run([area.name, *missing, servers, prefix], observed, cluster)
        unfinished = wanted[observed.size]
        observed[unfinished.name] = ending if unfinished
      end
      observed
    end

    private

    # @return [String] how the process ended
    def run(arguments, observed, cluster)
      errors = Tempfile.new("conformance")
      hung = false
      IO.popen([environment, RbConfig.ruby, RUNNER, *arguments], "r+", err: errors.path) do |process|
        hung = serve(process, observed, cluster) == :hung
        Process.kill(:KILL, process.pid) if hung
      end
      hung ? "hung" : ending(Process.last_status, errors.read)
    ensure
      errors.close!
    end

    def serve(process, observed, cluster)
      loop do
        return :hung unless process.wait_readable(PATIENCE)

        line = process.gets or return
        what, name, *details = JSON.parse(line)
        if what == "observed"
          observed[name] = details.first
        else
          arguments, options = details
          cluster.public_send(name, *arguments, **options.transform_keys(&:to_sym))
          process.puts
        end
      end
    end

    def ending(status, errors)
      return "ended by SIG#{Signal.signame(status.termsig)}" if status.signaled?

      "ended with status #{status.exitstatus}: #{errors.lines.first}"
    end
  end
end
