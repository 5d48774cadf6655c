# frozen_string_literal: true

require "socket"
require_relative "../../tools/kafka/rspec"

# The cluster that the other specs in this folder stand on. Asked by TCP alone, so that a fault of the driver cannot
# hide here.
RSpec.describe KafkaCluster do
  let(:cluster) { kafka }
  let(:victim) { cluster.brokers.last }

  def accepts_connections?(port)
    Socket.tcp("127.0.0.1", port, connect_timeout: 2).close
    true
  rescue SystemCallError
    false
  end

  it "names the address of every broker" do
    ports = cluster.bootstrap.split(",").map { |address| Integer(address.delete_prefix("127.0.0.1:")) }
    expect(ports.size).to eq(cluster.brokers.size)
    expect(ports).to all(satisfy { |port| accepts_connections?(port) })
  end

  it "is found and reused by the next one who wants it" do
    expect(described_class.running.bootstrap).to eq(cluster.bootstrap)
    expect(described_class.start.brokers.map(&:pid)).to eq(cluster.brokers.map(&:pid))
  end

  it "refuses to be something else than it is" do
    more = cluster.brokers.size + 1
    expect { described_class.start(brokers: more) }.to raise_error(described_class::Error, /stop it first/)
  end

  it "knows only its own listeners and brokers" do
    expect { cluster.bootstrap("nonsense") }.to raise_error(described_class::Error, /no nonsense listener/)
    expect { cluster.kill(99) }.to raise_error(described_class::Error, /no broker 99/)
  end

  it "waits until all brokers know a topic" do
    client = admin("bootstrap.servers": cluster.bootstrap)
    topic = unique_name("topic")
    client.create_topic(topic, 2, 1).wait
    cluster.await_topic(topic, 2)
    known = cluster.brokers.map { |broker| KafkaCluster::Probe.ask(broker.ports.fetch("plaintext")) }
    client.delete_topic(topic).wait

    expect(known.map do |probe|
      [probe.led_partitions(topic), probe.led_partitions("no-#{topic}")]
    end.uniq).to eq([[2, 0]])
  end

  it "loses a broker and gets it back at the same address" do
    port = victim.ports.fetch("plaintext")
    cluster.kill(victim.id)
    expect(victim).not_to be_alive
    expect(accepts_connections?(port)).to be(false)

    revive(victim.id)
    expect(victim).to be_alive
    expect(KafkaCluster::Probe.ask(port).brokers).to match_array(cluster.brokers.map(&:id))
  ensure
    described_class::ForSpecs.await_coordinators(cluster.bootstrap) # for the next examples
  end
end
