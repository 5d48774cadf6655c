# frozen_string_literal: true

require "English"
require_relative "ruby_process"

# Programs of examples/, with the load path of this process.
module ExampleProcess
  ROOT = File.expand_path("../../examples", __dir__)
  private_constant :ROOT

  # Starts one. The block has to see to it that it ends.
  #
  # @param program [String]
  # @param environment [Hash{String => String}]
  # @yieldparam process [IO] its input and output
  # @return [Object] what the block returns
  # @raise [RuntimeError] if it ended with an error
  def run_example(program, environment)
    process = IO.popen([environment, *RubyProcess.command(File.join(ROOT, program))], "r+", err: File::NULL)
    result = yield process
    process.read
    process.close
    raise "#{program} ended with #{$CHILD_STATUS}" unless $CHILD_STATUS.success?

    result
  ensure
    unless process.nil? || process.closed?
      Process.kill(:KILL, process.pid)
      process.close
    end
  end
end
