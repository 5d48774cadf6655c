# frozen_string_literal: true

require_relative "support/karafka_servers"
require_relative "support/waterdrop_clients"

# Consuming and producing in one transaction, with a death in the middle.
RSpec.describe "Transactions in Karafka's server" do
  let(:topic) { kafka_topic }
  let(:results) { kafka_topic }

  let(:script) { <<~RUBY }
    App.quick("session.timeout.ms": 1_500, "heartbeat.interval.ms": 200) { |config| config.max_messages = 10 }
    FORWARDER = WaterDrop::Producer.new do |config|
      config.kafka = { "bootstrap.servers": ENV.fetch("KN_BOOTSTRAP"), "transactional.id": ENV.fetch("KN_GROUP") }
    end
    # Ends the transaction that a dead process has left open: its offsets could not be read before.
    FORWARDER.client
    class Forwarding < Karafka::BaseConsumer
      def consume
        FORWARDER.transaction do
          FORWARDER.produce_many_async(
            messages.map { |message| { topic: #{results.inspect}, payload: message.raw_payload } }
          )
          FORWARDER.transaction_mark_as_consumed(client, messages.last)
          halt if ENV["KN_HALT"] && messages.any? { |message| message.raw_payload == "50" }
        end
        tell(:batch, payloads: messages.map(&:raw_payload))
      end

      def halt
        FORWARDER.client.flush(10_000)
        tell(:halted)
        sleep
      end
    end
    App.route(Forwarding) { manual_offset_management(true) }
  RUBY

  # What is in the results before the message that is sent last.
  def results_for(isolation)
    reader = assigned_consumer(results, "bootstrap.servers": kafka.bootstrap, "isolation.level": isolation)
    payloads = []
    within(30) { payloads << consume(reader, 1).first.payload until payloads.last == "end" }
    payloads[0...-1]
  end

  it "forward every message exactly once" do
    send_all(topic, 0...100)
    first = karafka(topic, script, environment: { "KN_HALT" => "1" })
    journal.wait_for(:halted)
    first.signal(:KILL)
    second = karafka(topic, script)
    journal.wait_for(:batch) { |event| event["payloads"].include?("99") }
    second.signal(:TERM)
    expect(second.ending).to eq(0)

    send_all(results, ["end"])
    expect(results_for("read_committed")).to eq((0...100).map(&:to_s))
    expect(results_for("read_uncommitted").tally).to include("49" => 1, "50" => 2)
    expect(committed_offsets(topic)).to eq({ 0 => 100 })
  end
end
