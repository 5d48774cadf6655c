# frozen_string_literal: true

require "open3"
require "tempfile"

# Samples where a process spends its CPU time, with perf.
class Profile
  FREQUENCY = 997
  OWN = /^\s*([\d.]+)%\s+karafka_native\.so/

  class << self
    # @return [String, nil] why there are no profiles here
    def obstacle
      _output, status = Open3.capture2e("perf", "record", "-q", "-e", "cpu-clock", "-o", File::NULL, "true")
      "needs perf, and the right to use it" unless status.success?
    rescue Errno::ENOENT
      "needs perf"
    end

    # @yield what is profiled, on all threads of this process
    # @return [Float] percent of its CPU time that the extension takes, librdkafka and its threads included
    def share
      Tempfile.create("profile") do |file|
        perf = spawn(
          "perf", "record", "-q", "-e", "cpu-clock", "-F", FREQUENCY.to_s, "-p", Process.pid.to_s, "-o", file.path,
          %i[out err] => File::NULL
        )
        begin
          sleep 0.01 until file.size.positive? # it has begun
          yield
        ensure
          Process.kill(:INT, perf)
          Process.wait(perf)
        end
        percent(file.path)
      end
    end

    private

    def percent(path)
      report, status = Open3.capture2("perf", "report", "--stdio", "--sort", "dso", "-i", path, err: File::NULL)
      raise "perf report failed" unless status.success?

      report[OWN, 1].to_f
    end
  end
end
