# frozen_string_literal: true

require_relative "support/karafka_servers"
require_relative "support/waterdrop_clients"

# What consumers can do in `karafka server`, on real brokers.
RSpec.describe "Karafka's server" do
  let(:topic) { kafka_topic }

  # A consumer that tells of its batches and then does what the block says.
  def consuming(more = "", settings: "", route: "")
    <<~RUBY
      App.quick(#{settings})
      class Batches < Karafka::BaseConsumer
        def consume
          tell(:batch, attempt: attempt, partition: partition, payloads: messages.map(&:raw_payload))
          #{more}
        end
      end
      App.route(Batches) { #{route} }
    RUBY
  end

  def payloads = journal.all(:batch).flat_map { |event| event["payloads"] }

  def await_payloads(count) = journal.wait_until(:batch) { payloads.size >= count }

  def stop(server)
    server.signal(:TERM)
    expect(server.ending).to eq(0)
  end

  it "goes on where it stopped, by automatic marks" do
    send_all(topic, 0...20)
    first = karafka(topic, consuming)
    await_payloads(20)
    stop(first)
    expect(committed_offsets(topic)).to eq({ 0 => 20 })

    send_all(topic, 20...30)
    karafka(topic, consuming)
    await_payloads(30)
    expect(payloads).to eq((0...30).map(&:to_s))
  end

  it "goes on where it was told to, by manual marks" do
    send_all(topic, 0...20)
    script = consuming(<<~RUBY, route: "manual_offset_management(true)")
      messages.each { |message| mark_as_consumed(message) if message.offset == 3 }
      messages.each { |message| tell(:marked, done: mark_as_consumed!(message)) if message.offset == 7 }
    RUBY
    first = karafka(topic, script)
    expect(journal.wait_for(:marked)["done"]).to be(true)
    expect(committed_offsets(topic)).to eq({ 0 => 8 })
    await_payloads(20)
    stop(first)

    karafka(topic, script)
    await_payloads(32)
    expect(payloads).to eq([*0...20, *8...20].map(&:to_s))
  end

  it "tries again, later each time, and loses nothing" do
    pauses = 'Karafka.monitor.subscribe("client.pause") { |event| tell(:pause, timeout: event[:timeout]) }'
    karafka(topic, "#{pauses}\n#{consuming("raise ArgumentError, \"no\" if attempt < 4")}")
    send_all(topic, ["a"])
    journal.wait_for(:batch) { |event| event["attempt"] == 4 }

    expect(payloads).to eq(%w[a a a a])
    expect(journal.all(:batch).map { |event| event["attempt"] }).to eq([1, 2, 3, 4])
    expect(journal.all(:pause).map { |event| event["timeout"] }).to eq([100, 200, 200])
    expect(journal.all(:error).map { |event| event.values_at("type", "class") })
      .to eq([["consumer.consume.error", "ArgumentError"]] * 3)
  end

  it "puts what cannot be consumed into a queue of dead letters" do
    letters = kafka_topic
    send_all(topic, 0...5)
    script = consuming(<<~RUBY, route: "dead_letter_queue(topic: #{letters.inspect}, max_retries: 1)")
      messages.each do |message|
        raise "poison" if message.raw_payload == "2"

        mark_as_consumed(message)
      end
      tell(:done) if messages.last.raw_payload == "4" # the first batch may end before the poison
    RUBY
    server = karafka(topic, script)
    journal.wait_for(:done)
    stop(server)
    letter = messages_of(letters, 1, "bootstrap.servers": kafka.bootstrap).first

    # How many come at a time is up to what has been fetched.
    expect(payloads.uniq).to eq(%w[0 1 2 3 4])
    expect(payloads.count("2")).to eq(2)
    expect(payloads.last(2)).to eq(%w[3 4])
    expect(letter.payload).to eq("2")
    expect(committed_offsets(topic)).to eq({ 0 => 5 })
  end

  it "pauses a partition and resumes it" do
    resumptions = 'Karafka.monitor.subscribe("client.resume") { tell(:resume) }'
    karafka(topic, "#{resumptions}\n#{consuming(<<~RUBY, settings: "", route: "manual_offset_management(true)")}")
      unless @paused
        @paused = true
        pause(messages.first.offset + 1, 100)
        tell(:paused)
      end
    RUBY
    send_all(topic, 0...5)
    journal.wait_until(:batch) { payloads.last == "4" && journal.all(:resume).any? }

    expect(journal.all(:paused).size).to eq(1)
    expect(payloads.last(4)).to eq(%w[1 2 3 4])
  end

  it "seeks to offsets and times" do
    send_all(topic, 0...3, timestamp: 1_000)
    send_all(topic, 3...6, timestamp: 2_000)
    karafka(topic, consuming(<<~RUBY, route: "manual_offset_management(true)"))
      return unless messages.last.raw_payload == "5"

      @seeks = (@seeks || 0) + 1
      seek(4) if @seeks == 1
      seek(Time.at(1.5)) if @seeks == 2
      tell(:done) if @seeks == 3
    RUBY
    journal.wait_for(:done)

    expect(payloads.each_cons(2).count { |pair| pair == %w[4 5] }).to eq(3)
    expect(payloads.last(5)).to eq(%w[4 5 3 4 5])
  end

  it "tells consumers of the end of a partition" do
    send_all(topic, 0...3)
    script = consuming("", settings: '"enable.partition.eof": true', route: "eofed(true)")
    karafka(topic, "#{script}\nclass Batches; def eofed = tell(:eof, applied: eofed?); end")

    expect(journal.wait_for(:eof)["applied"]).to be(true)
    expect(payloads).to eq(%w[0 1 2])
  end

  it "emits decorated statistics with the lag" do
    script = consuming("", settings: '"statistics.interval.ms": 100')
    listener = <<~RUBY
      Karafka.monitor.subscribe("statistics.emitted") do |event|
        topics = event[:statistics]["topics"]
        partition = topics.dig(ENV.fetch("KN_TOPIC"), "partitions", "0")
        next unless partition && partition["consumer_lag_stored"] == 0

        tell(:statistics, group: event[:consumer_group_id], keys: %w[consumer_lag_d ls_offset_fd] & partition.keys)
      end
    RUBY
    send_all(topic, 0...3)
    karafka(topic, "#{listener}\n#{script}")

    expect(journal.wait_for(:statistics)).to include("group" => group, "keys" => %w[consumer_lag_d ls_offset_fd])
  end

  it "reports errors of the client to its listeners" do
    karafka("missing-#{group}", consuming)

    expect(journal.wait_for(:error)).to include("code" => "unknown_topic_or_part",
      "type" => "connection.client.poll.error")
  end

  it "comes back after a job that took longer than a member may stay away" do
    settings = '"max.poll.interval.ms": 1_500, "session.timeout.ms": 1_500, "heartbeat.interval.ms": 200'
    script = consuming(<<~RUBY, settings: settings)
      return if File.exist?(LATCH)

      File.write(LATCH, "")
      # Until librdkafka has told the listener that this member is out of the group.
      sleep(0.02) until revoked?
      tell(:thrown_out)
    RUBY
    karafka(topic, "LATCH = File.join(__dir__, \"latch\")\n#{script}")
    send_all(topic, 0...3)
    journal.wait_for(:thrown_out)
    journal.wait_until(:batch) { |batches| batches.size > 1 && batches.last["payloads"].last == "2" }

    expect(journal.all(:error).map { |event| event["code"] }).to include("max_poll_exceeded")
  end
end
