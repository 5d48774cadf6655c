# frozen_string_literal: true

require_relative "support/karafka_servers"
require_relative "support/waterdrop_clients"

# A supervisor whose forked nodes consume and produce.
RSpec.describe "Karafka's swarm" do
  let(:topic) { kafka_topic(partitions: 4) }
  let(:results) { kafka_topic }

  let(:script) { <<~RUBY }
    App.quick("session.timeout.ms": 1_500, "heartbeat.interval.ms": 200) do |config|
      config.swarm.nodes = 2
      config.internal.swarm.node_restart_timeout = 1_000
      config.internal.swarm.supervision_interval = 1_000
    end
    class Forwarding < Karafka::BaseConsumer
      def consume
        messages.each { |message| producer.produce_sync(topic: #{results.inspect}, payload: message.raw_payload) }
        tell(:batch, node: Karafka::App.config.swarm.node.id, payloads: messages.map(&:raw_payload))
      end
    end
    App.route(Forwarding)
    Karafka.monitor.subscribe("swarm.node.after_fork") { |event| tell(:forked, node: event[:caller].id) }
    # A client that is open when the supervisor compacts its heap and forks.
    Karafka.producer.produce_sync(topic: #{results.inspect}, payload: "supervisor")
    OPEN = Rdkafka::Config.new("bootstrap.servers": ENV.fetch("KN_BOOTSTRAP")).producer
    OPEN.produce(topic: #{results.inspect}, payload: "open").wait
    Karafka.monitor.subscribe("app.stopped") { tell(:inherited, closed: OPEN.closed?) }
  RUBY

  def payloads = journal.all(:batch).flat_map { |event| event["payloads"] }

  it "replaces a node that was killed, and consumes everything" do
    supervisor = karafka(topic, script, command: "swarm")
    nodes = journal.wait_for_processes(:assigned, 2)
    send_all(topic, 0...200)
    journal.wait_until(:batch) { payloads.uniq.size == 200 }

    Process.kill(:KILL, nodes.first)
    journal.wait_until(:forked) { |events| events.size == 3 }
    send_all(topic, 200...400)
    journal.wait_until(:batch) { payloads.uniq.size == 400 }
    supervisor.signal(:TERM)

    expect(supervisor.ending).to eq(0)
    forked = journal.all(:forked)
    expect(forked.map { |event| event["pid"] }.uniq.size).to eq(3)
    expect(forked.map { |event| event["node"] }.tally.values.sort).to eq([1, 2])
    closed = journal.all(:inherited).to_h { |event| [event["pid"], event["closed"]] }
    expect(closed).to include(supervisor.pid => false).and have_attributes(size: 3)
    expect(closed.except(supervisor.pid).values).to eq([true, true])
    expect(all_payloads_of(results).uniq).to contain_exactly("supervisor", "open", *(0...400).map(&:to_s))
  end

  it "stops and quiets its nodes" do
    supervisor = karafka(topic, script, command: "swarm")
    journal.wait_for_processes(:assigned, 2)
    supervisor.signal(:TSTP)
    journal.wait_for_processes("app.quiet", 3)
    supervisor.signal(:INT)

    expect(supervisor.ending).to eq(0)
  end
end
