# frozen_string_literal: true

require_relative "support/karafka_servers"
require_relative "support/waterdrop_clients"

# How `karafka server` ends.
RSpec.describe "Shutdown of Karafka's server" do
  let(:topic) { kafka_topic }

  # Works on the first batch until it is told to stop.
  let(:busy) { <<~RUBY }
    App.quick
    class Busy < Karafka::BaseConsumer
      def consume
        tell(:batch, payloads: messages.map(&:raw_payload))
        sleep(0.01) until Karafka::App.done? || messages.first.offset.positive?
        messages.each { |message| mark_as_consumed(message) }
        producer.produce_async(topic: topic.name, payload: "last words") unless messages.first.offset.positive?
        tell(:done)
      end

      def shutdown = tell(:shutdown)
    end
    App.route(Busy)
  RUBY

  %i[TERM INT QUIT].each do |signal|
    it "finishes the work at hand, commits and delivers, on SIG#{signal}" do
      server = karafka(topic, busy)
      send_all(topic, ["a"])
      journal.wait_for(:batch)
      server.signal(signal)

      expect(server.ending).to eq(0)
      expect(journal.all(:done).size).to eq(1)
      expect([journal.all(:shutdown).size, journal.all("app.stopped").size]).to eq([1, 1])
      expect(committed_offsets(topic)).to eq({ 0 => 1 })
      expect(messages_of(topic, 2, "bootstrap.servers": kafka.bootstrap).last.payload).to eq("last words")
    end
  end

  it "quiets on SIGTSTP: takes nothing new, and ends later" do
    server = karafka(topic, busy)
    send_all(topic, ["a"])
    journal.wait_for(:batch)
    server.signal(:TSTP)
    journal.wait_for("app.quiet")
    send_all(topic, ["b"])
    other = karafka(topic, busy)
    journal.wait_until("app.running") { |events| events.size == 2 }
    server.signal(:TERM)

    expect(server.ending).to eq(0)
    journal.wait_for(:batch) { |event| event["payloads"].last == "b" }
    expect(journal.all(:batch).map { |event| event["pid"] }.chunk_while { |a, b| a == b }.map(&:first))
      .to eq([server.pid, other.pid])
  end

  it "ends by force when work does not end in time" do
    server = karafka(topic, <<~RUBY)
      App.quick { |config| config.shutdown_timeout = 300 }
      class Endless < Karafka::BaseConsumer
        def consume
          tell(:batch)
          sleep
        end
      end
      App.route(Endless)
    RUBY
    send_all(topic, ["a"])
    journal.wait_for(:batch)
    server.signal(:TERM)

    expect(server.ending).to eq(2)
    expect(journal.all(:error).map { |event| event["type"] }).to include("app.stopping.error")
  end

  it "ends with an idle consumer, and one that finds no broker" do
    idle = karafka(topic, busy)
    lost = karafka(topic, busy, environment: { "KN_BOOTSTRAP" => "127.0.0.1:1" })
    journal.wait_for(:assigned)
    journal.wait_for(:error) { |event| event["pid"] == lost.pid }
    [idle, lost].each { |server| server.signal(:TERM) }

    expect([idle.ending, lost.ending]).to eq([0, 0])
  end
end
