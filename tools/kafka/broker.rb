# frozen_string_literal: true

require "fileutils"
require "open3"

class KafkaCluster
  # One broker: its folder, its ports and its Java process.
  class Broker
    JAVA = %W[
      java -Xms128m -Xmx512m -XX:+UseSerialGC -Djava.awt.headless=true
      -Dlog4j2.configurationFile=#{File.join(__dir__, "log4j2.properties")}
    ].freeze
    private_constant :JAVA

    attr_reader :id, :ports, :pid

    def initialize(directory, id:, ports:, pid: nil)
      @directory = File.join(directory, "broker-#{id}")
      @id = id
      @ports = ports
      @pid = pid
    end

    def to_h = { id:, ports:, pid: }
    def data = File.join(@directory, "data")
    def log = File.join(@directory, "server.log")
    def configuration = File.join(@directory, "server.properties")

    # Writes the configuration and prepares the data folder.
    def format(settings, class_path, options)
      FileUtils.mkdir_p(@directory)
      File.write(configuration, settings)
      command = [*JAVA, "-cp", class_path, "kafka.tools.StorageTool", "format", "-c", configuration, *options]
      output, status = Open3.capture2e(*command)
      raise Error, "the storage of broker #{id} could not be prepared:\n#{output}" unless status.success?
    end

    def start(class_path)
      # In its own process group, because Ctrl-C in the terminal that started it is not meant for the broker.
      output = { in: File::NULL, %i[out err] => [log, "a"] }
      @pid = Process.spawn(*JAVA, "-cp", class_path, "kafka.Kafka", configuration, **output, pgroup: true)
      Process.detach(@pid)
    end

    # Ends the process at once, as a power failure would, and returns when it is gone.
    def kill
      return unless alive?

      Process.kill(:KILL, pid)
      sleep 0.02 until ended?
    rescue Errno::ESRCH
      nil
    end

    # The pid may have been reused, so check the command line.
    def alive?
      !pid.nil? && command_line.b.include?(configuration.b)
    end

    # The end of the log.
    def log_tail(lines = 15)
      File.exist?(log) ? File.readlines(log).last(lines).join : ""
    end

    private

    def command_line
      linux? ? File.binread("/proc/#{pid}/cmdline") : `ps -o command= -p #{pid}`
    rescue Errno::ENOENT, Errno::ESRCH
      ""
    end

    # Whether nothing of the process is left but, at most, its entry. The command line vanishes well before the threads
    # that hold its ports.
    def ended?
      return [nil, "Z"].include?(`ps -o state= -p #{pid}`.strip[0]) unless linux?

      zombie = File.read("/proc/#{pid}/stat").match?(/\) [ZX]/)
      zombie && Dir.children("/proc/#{pid}/task").size <= 1
    rescue Errno::ENOENT, Errno::ESRCH
      true
    end

    def linux? = File.directory?("/proc/self")
  end
end
