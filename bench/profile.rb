# frozen_string_literal: true

require "open3"
require "tempfile"

# Samples where a process spends its CPU time, with perf.
class Profile
  FREQUENCY = 4_999
  SAMPLES = /^\s*(\d+)\s+(\S+)\s+\[.\]\s+(.+)$/
  LIBRARY = "karafka_native.so"

  class << self
    # @return [String, nil] why there are no profiles here
    def obstacle
      _output, status = Open3.capture2e("perf", "record", "-q", "-e", "cpu-clock", "-o", File::NULL, "true")
      "needs perf, and the right to use it" unless status.success?
    rescue Errno::ENOENT
      "needs perf"
    end

    # @yield what is profiled, on all threads of this process
    # @return [Hash{Symbol => Float}] percent of its CPU time, on all threads: `extension` for the extension's own code,
    #   `librdkafka` for librdkafka and its allocator, which are linked into it
    def shares
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
        percentages(file.path)
      end
    end

    private

    def percentages(path)
      report, status = Open3.capture2(
        "perf", "report", "--stdio", "--no-children", "--fields", "sample,dso,symbol", "-i", path, err: File::NULL
      )
      raise "perf report failed" unless status.success?

      samples = report.scan(SAMPLES).map { |count, library, symbol| [count.to_i, library, symbol] }
      all = [samples.sum(&:first), 1].max # none of a process that ends at once
      own = samples.select { |_, library, _| library == LIBRARY }
      extension, librdkafka = own.partition { |*, symbol| symbol.include?("::") } # as names of Rust do
      { extension: extension, librdkafka: librdkafka }.transform_values do |part|
        100.0 * part.sum(&:first) / all
      end
    end
  end
end
