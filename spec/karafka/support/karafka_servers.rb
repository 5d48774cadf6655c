# frozen_string_literal: true

require "fileutils"
require "tmpdir"
require_relative "../../../tools/kafka/rspec"
require_relative "journal"

# Real Karafka processes on a real cluster, seen from outside.
module KarafkaServers
  BOOT = File.join(__dir__, "boot.rb")

  # One process that the example has started, and may end.
  Server = Struct.new(:pid) do
    # @param signal [Symbol]
    def signal(signal)
      Process.kill(signal, pid)
    end

    # @return [Integer, Symbol] exit status, or the signal that ended it
    # @raise [KafkaClients::TooSlow]
    def ending(seconds: 60)
      deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + seconds
      until (status = @status || Process.wait2(pid, Process::WNOHANG)&.last)
        raise KafkaClients::TooSlow, "still there" if Process.clock_gettime(Process::CLOCK_MONOTONIC) > deadline

        sleep(0.01)
      end
      @status = status
      status.signaled? ? :"SIG#{Signal.signame(status.termsig)}" : status.exitstatus
    end

    # Whatever is left of it and of its children.
    def close
      return if @status

      Process.kill(:KILL, -pid)
      ending
    rescue Errno::ESRCH
      nil
    end
  end

  # Deletes a topic after the example.
  Remover = Struct.new(:admin, :topic) do
    def close
      admin.delete_topic(topic).wait
    end
  end

  # @return [Journal] what the servers of the example tell
  def journal
    @journal ||= Journal.new
  end

  # @return [String] the group of the example's servers
  def group
    @group ||= unique_name("group")
  end

  # @return [String] name of a topic that exists on the real cluster until the example ends
  def kafka_topic(partitions: 1)
    admin = @kafka_admin ||= admin("bootstrap.servers": kafka.bootstrap)
    name = unique_name("topic")
    create_topic(admin, name, partitions: partitions)
    closing(Remover.new(admin, name))
    name
  end

  # Starts a process of Karafka's command line.
  #
  # @param topic [String, nil] for the boot file, as KN_TOPIC
  # @param script [String] the rest of the boot file
  # @return [Server]
  def karafka(topic, script, command: "server", arguments: [], environment: {})
    start_process([Gem.bin_path("karafka", "karafka"), command, *arguments], topic, script, environment)
  end

  # Starts a Ruby process that finds the boot file by itself.
  #
  # @param command [Array<String>] a Ruby script and its arguments
  # @return [Server]
  def start_process(command, topic, script, environment)
    reader, writer = IO.pipe
    environment = {
      "KARAFKA_BOOT_FILE" => boot_file(script), "KARAFKA_ENV" => "production", "KN_BOOTSTRAP" => kafka.bootstrap,
      "KN_GROUP" => group, "KN_TOPIC" => topic, **environment
    }
    pid = Process.spawn(environment, *RubyProcess.command(*command), %i[out err] => writer, pgroup: true)
    writer.close
    journal.read(reader)
    closing(Server.new(pid))
  end

  # @return [WaterDrop::Producer] one on the real cluster
  def kafka_producer(**)
    waterdrop("bootstrap.servers": kafka.bootstrap, **)
  end

  # @param topic [String]
  # @param payloads [Enumerable<String>]
  # @return [void]
  def send_all(topic, payloads, **options)
    payloads.each_slice(5_000) do |slice|
      kafka_writer.produce_many_sync(slice.map { |payload| { topic: topic, payload: payload.to_s, **options } })
    end
  end

  # @param topic [String] one with a single partition
  # @return [Array<String>] whatever is in it
  def all_payloads_of(topic)
    servers = { "bootstrap.servers": kafka.bootstrap }
    _, count = consumer(**servers).query_watermark_offsets(topic, 0, 20_000)
    messages_of(topic, count, **servers).map(&:payload)
  end

  # @return [Hash{Integer => Integer}] what the group of the example has committed, by partition
  def committed_offsets(topic, partitions: 1)
    list = partition_list(topic => (0...partitions).to_a)
    witness = consumer("bootstrap.servers": kafka.bootstrap, "group.id": group)
    witness.committed(list, 20_000).to_h.fetch(topic).to_h { |partition| [partition.partition, partition.offset] }
  end

  private

  def kafka_writer
    @kafka_writer ||= kafka_producer
  end

  def boot_file(script)
    @boot_folder ||= Dir.mktmpdir("karafka").tap { |folder| closing(Folder.new(folder)) }
    File.join(@boot_folder, "#{script.hash.abs}.rb").tap do |file|
      File.write(file, "require #{BOOT.inspect}\n#{script}")
    end
  end

  # A folder that goes with the example.
  Folder = Struct.new(:path) do
    def close
      FileUtils.rm_rf(path)
    end
  end
  private_constant :Folder
end

RSpec.configure { |config| config.include KarafkaServers, file_path: %r{/spec/karafka/} }
