# frozen_string_literal: true

require "bundler"
require "open3"
require_relative "karafka_servers"
require_relative "process_output"

# One of the applications in examples/, run in its own bundle as its README says. What is started is ended by {#stop}.
class ExampleFolder
  # Where the applications are.
  ROOT = File.expand_path("../../../examples", __dir__)

  # A process of the application.
  Started = Struct.new(:output, :server) do
    # @param signal [Symbol]
    # @return [Integer, Symbol] how it has ended, see {KarafkaServers::Server#ending}
    def end_with(signal, seconds: 60)
      server.signal(signal)
      server.ending(seconds: seconds)
    end
  end

  # @return [String] where the application runs
  attr_reader :path

  # @param name [String] folder in examples/
  # @param environment [Hash{String => String}] for its processes
  # @param path [String] a copy of the folder, if it must not run in its place
  # @param gemfile [String] of another bundle
  def initialize(name, environment: {}, path: File.join(ROOT, name), gemfile: File.join(ROOT, name, "Gemfile"))
    @path = path
    @started = []
    @variables =
      ENV.slice("BUNDLE_CACHE_PATH", "BUNDLE_NO_PRUNE", "BUNDLE_SILENCE_ROOT_WARNING").merge(
        "BUNDLE_GEMFILE" => gemfile,
        "BUNDLE_PATH" => Bundler.bundle_path.parent.parent.to_s,
        "KARAFKA_ENV" => "production", **environment
      )
    run("install", "--local")
  end

  # Runs a command of Bundler to its end.
  #
  # @return [String] all that it has printed
  # @raise [RuntimeError] if it fails
  def run(*command, succeeds: true)
    Bundler.with_unbundled_env do
      output, status = Open3.capture2e(@variables, "bundle", *command, chdir: @path)
      raise "bundle #{command.join(" ")} failed:\n#{output}" if succeeds && !status.success?

      output
    end
  end

  # Starts `bundle exec` with a command.
  #
  # @return [Started]
  def start(*command)
    reader, writer = IO.pipe
    pid = Bundler.with_unbundled_env do
      Process.spawn(@variables, "bundle", "exec", *command, chdir: @path, %i[out err] => writer, pgroup: true)
    end
    writer.close
    Started.new(ProcessOutput.new(reader), KarafkaServers::Server.new(pid)).tap { |started| @started << started }
  end

  # @return [void]
  def stop
    @started.each { |started| started.server.close }
  end
  alias close stop
end
