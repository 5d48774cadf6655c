# frozen_string_literal: true

require "fileutils"
require "open3"
require "rbconfig"
require "tmpdir"
require_relative "../../tools/kafka/cluster"

# What needs no running cluster.
RSpec.describe KafkaCluster do
  let(:parent) { Dir.mktmpdir }
  let(:folder) { File.join(parent, "ü") }

  after { FileUtils.rm_rf(parent) }

  def kafka_command(*arguments)
    command = File.expand_path("../../bin/kafka", __dir__)
    output, status = Open3.capture2e({ "KN_KAFKA" => folder }, RbConfig.ruby, command, *arguments)
    [status.exitstatus, output.force_encoding(Encoding::UTF_8)]
  end

  def create(*names)
    names.each do |name|
      FileUtils.mkdir_p(File.dirname("#{folder}/#{name}"))
      File.write("#{folder}/#{name}", "mine")
    end
  end

  %w[start stop].each do |name|
    it "touches no folder that is not its own: #{name}" do
      create("broker-1/server.log", "notes.txt")

      expect(kafka_command(name)).to match([1, /\Akafka: \S+ is not a cluster's folder/])
      expect(File.read("#{folder}/notes.txt")).to eq("mine")
      expect(Dir.children(folder)).to contain_exactly("broker-1", "notes.txt")
    end
  end

  it "removes what a crash has left" do
    create("broker-1/server.log", "broker-2/data/meta.properties", "ssl/ca.pem", "cluster.json.new")

    expect(kafka_command("stop")).to eq([0, ""])
    expect(File.exist?(folder)).to be(false)
    expect(kafka_command("stop")).to eq([0, ""])
  end

  it "knows its brokers in a folder of any name" do
    broker = described_class::Broker.new(folder, id: 1, ports: {})
    pid = Process.spawn(RbConfig.ruby, "-e", "sleep", broker.configuration)

    expect(described_class::Broker.new(folder, id: 1, ports: {}, pid: pid)).to be_alive
    expect(described_class::Broker.new(folder, id: 2, ports: {}, pid: pid)).not_to be_alive
  ensure
    Process.kill(:KILL, pid)
    Process.wait(pid)
  end
end
