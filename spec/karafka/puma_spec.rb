# frozen_string_literal: true

require "socket"
require_relative "support/karafka_servers"
require_relative "support/waterdrop_clients"

# Karafka embedded in Puma: requests produce, the same process consumes.
RSpec.describe "Karafka in Puma" do
  let(:topic) { kafka_topic(partitions: 4) }
  let(:folder) { Dir.mktmpdir("puma") }
  let(:socket) { File.join(folder, "socket") }

  let(:application) { <<~RUBY }
    App.quick("heartbeat.interval.ms": 200)
    class Receiving < Karafka::BaseConsumer
      def consume = tell(:batch, payloads: messages.map(&:raw_payload))
    end
    App.route(Receiving)
    # What a Rack application does with a request.
    ANSWER = lambda do |environment|
      report = Karafka.producer.produce_sync(topic: ENV.fetch("KN_TOPIC"), payload: environment["QUERY_STRING"])
      [200, { "content-type" => "text/plain" }, [[Process.pid, report.offset].join(" ")]]
    end
  RUBY

  after { FileUtils.rm_rf(folder) }

  def puma(settings)
    File.write(File.join(folder, "puma.rb"), <<~RUBY)
      require ENV.fetch("KARAFKA_BOOT_FILE")
      bind "unix://#{socket}"
      raise_exception_on_sigterm false
      app ANSWER
      #{settings}
    RUBY
    start_process([Gem.bin_path("puma", "puma"), "-C", File.join(folder, "puma.rb")], topic, application, {})
  end

  def request(query)
    UNIXSocket.open(socket) do |connection|
      connection.write("GET /?#{query} HTTP/1.0\r\n\r\n")
      connection.read[/\r\n\r\n(.*)/m, 1].split.map(&:to_i)
    end
  end

  def payloads = journal.all(:batch).flat_map { |event| event["payloads"] }

  it "consumes what requests have produced, in one process" do
    server = puma("after_booted { Karafka::Embedded.start }\nafter_stopped { Karafka::Embedded.stop }")
    journal.wait_for(:assigned)
    answers = (1..5).map { |number| request("order=#{number}") }
    journal.wait_until(:batch) { payloads.size == 5 }
    # What comes after is Puma's: it sometimes hangs in closing its own pipe, whatever the driver.
    server.signal(:TERM)
    journal.wait_for("app.stopped")

    expect(answers.map(&:first).uniq).to eq([server.pid])
    expect(payloads).to match_array((1..5).map { |number| "order=#{number}" })
    expect(committed_offsets(topic, partitions: 4).values.compact.sum).to eq(5)
  end

  it "consumes and produces in forked workers" do
    server = puma(<<~RUBY)
      workers 2
      preload_app!
      worker_shutdown_timeout 5
      before_worker_boot { Karafka::Embedded.start }
      before_worker_shutdown { Karafka::Embedded.stop }
    RUBY
    pids = journal.wait_for_processes(:assigned, 2)
    answering = []
    answering << request("order=#{answering.size}").first until answering.uniq.size == 2 || answering.size > 500
    journal.wait_until(:batch) { payloads.uniq.size == answering.size }
    server.signal(:TERM)

    expect(server.ending).to eq(0)
    expect(answering.uniq).to match_array(pids)
  end
end
