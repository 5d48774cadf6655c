# frozen_string_literal: true

require "open3"
require "rbconfig"

# Runs scripts in a Ruby process of their own, with the load path of this one.
module RubyProcess
  # @param arguments [Array<String>] options of Ruby, or a program and its arguments
  # @return [Array<String>] the command that runs them with the load path of this process
  def self.command(*arguments)
    [RbConfig.ruby, *$LOAD_PATH.flat_map { |directory| ["-I", directory.to_s] }, *arguments]
  end

  # @param script [String]
  # @return [Array(String, String, Process::Status)] standard output, standard error and exit status
  def run_ruby(script)
    Open3.capture3(*RubyProcess.command, stdin_data: script)
  end

  # Runs the block in a forked process.
  #
  # @yieldreturn [Object] anything that can be marshalled
  # @return [Object] what the block returned there
  # @raise [Exception] what the block raised there
  def in_fork(&block)
    reader, writer = IO.pipe(binmode: true)
    pid = fork do
      reader.close
      writer.write(Marshal.dump(outcome_of(&block)))
      writer.close
      exit!(0)
    end
    writer.close
    outcome, value = Marshal.load(reader.read) # rubocop:disable Security/MarshalLoad -- from our own child
    raise value if outcome == :raised

    value
  ensure
    reader.close
    Process.wait(pid) if pid
  end

  private

  def outcome_of
    [:returned, yield]
  rescue Exception => e # rubocop:disable Lint/RescueException -- it is handed to the parent
    [:raised, e]
  end
end
