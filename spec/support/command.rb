# frozen_string_literal: true

require "json"
require_relative "child_process"

# Runs the command `karafka-native` in a process of its own.
module Command
  EXECUTABLE = File.expand_path("../../exe/karafka-native", __dir__)

  # A command that goes on.
  class Running
    # @return [String] what it has printed to standard error so far
    attr_reader :complaints

    # @param arguments [Array<String>]
    def initialize(arguments)
      @out, out = IO.pipe
      @err, err = IO.pipe
      @pid = Process.spawn(*Command.line(arguments), out: out, err: err, pgroup: true)
      [out, err].each(&:close)
      @complaints = +""
      @listener = Thread.new { @err.each_line { |line| @complaints << line } }
    end

    # @return [String] the next line of standard output
    def line
      @out.gets
    end

    # @param signal [Symbol]
    # @return [ChildProcess::Outcome]
    def end_with(signal, seconds: 30)
      Process.kill(signal, @pid)
      waiter = Process.detach(@pid)
      hung = waiter.join(seconds).nil?
      close
      @listener.join
      ChildProcess::Outcome.new(out: @out.read, err: @complaints, status: waiter.value, hung: hung)
    end

    # @return [void]
    def close
      Process.kill(:KILL, -@pid)
      Process.wait(@pid)
    rescue Errno::ESRCH, Errno::ECHILD
      nil
    end
  end

  # @param arguments [Array<String>]
  # @return [Array<String>]
  def self.line(arguments)
    RubyProcess.command(EXECUTABLE, *arguments)
  end

  # @param arguments [Array<String>]
  # @return [ChildProcess::Outcome] when it has ended
  def karafka_native(*arguments, seconds: 60)
    ChildProcess.run(Command.line(arguments), seconds: seconds)
  end

  # @param arguments [Array<String>]
  # @return [Running] ended after the example
  def start_karafka_native(*arguments)
    closing(Running.new(arguments))
  end
end

RSpec.configure { |config| config.include Command }
