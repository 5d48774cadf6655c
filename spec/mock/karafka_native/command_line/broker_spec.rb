# frozen_string_literal: true

require "socket"

RSpec.describe "karafka-native broker" do
  def started(*arguments)
    running = start_karafka_native("broker", "--port", "0", "--json", *arguments)
    [running, JSON.parse(within(30) { running.line }).fetch("bootstrap.servers")]
  end

  # A port that is free, with the next one.
  def free_port
    loop do
      port = rand(20_000..30_000)
      [port, port + 1].each { |candidate| TCPServer.new("127.0.0.1", candidate).close }
      return port
    rescue SystemCallError
      next
    end
  end

  it "lets clients write and read until a signal ends it" do
    running, servers = started
    producer("bootstrap.servers": servers).produce(topic: "orders", payload: "1", partition: 0)
      .wait(max_wait_timeout_ms: 20_000)

    # A commit would be waited for when the broker has ended.
    read = messages_of("orders", 1, "bootstrap.servers": servers, "enable.auto.commit": false)

    expect(read.map(&:payload)).to eq(["1"])
    expect(running.end_with(:INT).ending).to eq(0)
  end

  it "ends with 0 when it is terminated, while clients are connected" do
    running, servers = started("--brokers", "2")
    admin("bootstrap.servers": servers).metadata

    expect(running.end_with(:TERM)).to have_attributes(ending: 0, err: "")
  end

  it "advertises the ports that were asked for, one after the other" do
    port = free_port
    running = start_karafka_native("broker", "--port", port.to_s, "--brokers", "2")
    within(30) { running.line }
    brokers = admin("bootstrap.servers": "127.0.0.1:#{port}").metadata.brokers
    outcome = running.end_with(:TERM)

    expect(brokers.map { |broker| broker.values_at(:broker_name, :broker_port) })
      .to contain_exactly(["127.0.0.1", port], ["127.0.0.1", port + 1])
    expect(outcome.out).to include("127.0.0.1:#{port},127.0.0.1:#{port + 1}", "only in memory")
  end

  it "makes the topics that were asked for" do
    _, servers = started("--brokers", "3", "--topic", "orders:5", "--topic", "totals:1")
    topics = admin("bootstrap.servers": servers).metadata.topics

    expect(topics.map { |topic| topic.values_at(:topic_name, :partition_count) })
      .to contain_exactly(["orders", 5], ["totals", 1])
    expect(topics.flat_map { |topic| topic[:partitions] }).to all(include(replica_count: 3))
  end

  it "lets groups share a topic and remember where they are" do
    _, servers = started("--topic", "orders:1")
    client = producer("bootstrap.servers": servers)
    3.times { |number| client.produce(topic: "orders", payload: number.to_s).wait(max_wait_timeout_ms: 20_000) }
    reader = consumer("bootstrap.servers": servers, "group.id": "shop")
    reader.subscribe("orders")
    payloads = Array.new(3) { eventually(30) { patient_poll(reader, 100) }.payload }
    reader.commit

    expect(payloads).to eq(%w[0 1 2])
    expect(reader.committed(partition_list("orders" => [0])).to_h["orders"].first.offset).to eq(3)
  end

  it "tells of what happens, if told so" do
    running, servers = started("--verbose")
    client = producer("bootstrap.servers": servers, "client.id": "shop")
    client.produce(topic: "orders", payload: "1").wait(max_wait_timeout_ms: 20_000)
    client.close
    # It looks for topics now and then.
    eventually { ["topic orders", "disconnected"].all? { |text| running.complaints.include?(text) } }

    expect(running.end_with(:TERM).err)
      .to include('"shop" connected', '"shop": Produce', "topic orders, 4 partitions", '"shop" disconnected')
  end

  it "goes on when somebody connects who speaks something else" do
    _, servers = started("--verbose")
    ["GET / HTTP/1.1\r\n\r\n", "\xff" * 100, "\0" * 100, ""].each do |text|
      TCPSocket.open(*servers.split(":")) { |socket| socket.write(text) }
    end

    expect(admin("bootstrap.servers": servers).metadata.brokers.size).to eq(1)
  end

  it "says which port is taken" do
    taken = closing(TCPServer.new("127.0.0.1", 0))
    port = taken.local_address.ip_port
    outcome = karafka_native("broker", "--port", port.to_s)

    expect(outcome.ending).to eq(1)
    expect(outcome.err).to include("in use", port.to_s, "--port")
    expect(outcome.err.lines.size).to eq(1)
  end
end
