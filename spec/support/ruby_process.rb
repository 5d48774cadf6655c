# frozen_string_literal: true

require "open3"
require "rbconfig"

# Runs scripts in a Ruby process of their own, with the load path of this one.
module RubyProcess
  # @param script [String]
  # @return [Array(String, String, Process::Status)] standard output, standard error and exit status
  def run_ruby(script)
    load_path = $LOAD_PATH.flat_map { |directory| ["-I", directory.to_s] }
    Open3.capture3(RbConfig.ruby, *load_path, stdin_data: script)
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
