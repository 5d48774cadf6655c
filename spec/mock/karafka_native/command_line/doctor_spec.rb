# frozen_string_literal: true

require "socket"

# What needs no real cluster; spec/kafka/doctor_spec.rb has the rest.
RSpec.describe "karafka-native doctor" do
  let(:cluster) { closing(KarafkaNative::MockCluster.new(brokers: 3)) }
  let(:servers) { { "bootstrap.servers": cluster.bootstrap_servers } }

  # A server that says this to everybody, and then waits.
  def server(answer)
    listener = TCPServer.new("127.0.0.1", 0)
    thread = Thread.new do
      loop { listener.accept.write(answer) }
    rescue IOError
      nil
    end
    closing(Struct.new(:listener, :thread) { def close = [listener.close, thread.join] }.new(listener, thread))
    { "bootstrap.servers": "127.0.0.1:#{listener.local_address.ip_port}" }
  end

  it "finds nothing wrong where all is well" do
    cluster.create_topic("orders", partitions: 2, replication_factor: 3)
    run = doctor(**servers, topic: "orders", group: "shop")

    expect(run.failed).to eq([])
    expect(run.status).to eq(0)
    expect(run.well)
      .to include(*%w[driver features bundle options name tcp kafka cluster listener topic produce consume])
  end

  it "prints a line for each step, as a program, and ends with its status" do
    options = %w[bootstrap.servers=127.0.0.1:1 ack=1 sasl.password=hidden].flat_map { |pair| ["-o", pair] }
    outcome = karafka_native("doctor", *options)

    expect(outcome.ending).to eq(1)
    expect(outcome.err).to be_empty
    expect(outcome.lines).to include(start_with("✓ driver    karafka-native #{KarafkaNative::VERSION}"),
      "✗ options   there is no option ack", "            Is acks meant?", /\A✗ tcp +127\.0\.0\.1:1: Connection refused/,
      "– login     not tried, see options")
    expect(outcome.out).not_to include("hidden")
  end

  it "finds a second driver in the bundle" do
    other = Gem::Specification.new("rdkafka", "1.2.3")
    allow(Gem).to receive(:loaded_specs).and_return(Gem.loaded_specs.merge("rdkafka" => other))
    run = doctor(**servers)

    expect(run.failed).to eq(["bundle"])
    expect(run.about("bundle")).to include("rdkafka-1.2.3", "adapters")
  end

  it "works without options, and says what is missing" do
    run = doctor

    expect(run.failed).to eq(["options"])
    expect(run.about("options")).to include("bootstrap.servers")
  end

  it "finds values that cannot be, names that are deprecated, and options without effect" do
    run = doctor(**servers, "linger.ms": "x", "socket.blocking.max.ms": 1, "sasl.username": "me")

    expect(run.failed).to eq(["options"])
    expect(run.about("options")).to include("linger.ms", "socket.blocking.max.ms is deprecated",
      "sasl.username without effect")
  end

  it "finds options that contradict each other" do
    run = doctor(**servers, "session.timeout.ms": 20_000, "max.poll.interval.ms": 10_000)

    expect(run.failed).to eq(["options"])
    expect(run.about("options")).to include("max.poll.interval.ms")
    expect(doctor(**servers, "session.timeout.ms": 6_000, "max.poll.interval.ms": 10_000).failed).to eq([])
  end

  it "writes at once, whatever the options say" do
    cluster.create_topic("orders")

    expect(doctor(**servers, "linger.ms": 60_000, topic: "orders").failed).to eq([])
  end

  it "finds files that are missing" do
    run = doctor(**servers, "security.protocol": "ssl", "ssl.ca.location": "/nowhere/ca.pem")

    expect(run.failed).to eq(["options"])
    expect(run.about("options")).to include("/nowhere/ca.pem")
  end

  it "finds names without an address" do
    run = doctor("bootstrap.servers": "no-such-host.invalid:9092")

    expect(run.failed).to eq(["name"])
    expect(run.about("tcp")).to include("not tried, see name")
  end

  it "finds an advertised address where nobody listens" do
    (1..3).each { |broker| cluster.advertise(broker, "127.0.0.1", broker) }
    run = doctor(**servers)

    expect(run.failed).to eq(["listener"])
    expect(run.about("listener")).to include("broker 2 advertises 127.0.0.1:2", "advertised.listeners")
  end

  it "finds a topic without a leader" do
    cluster.create_topic("orders", partitions: 3)
    cluster.set_leader("orders", 1, nil)
    run = doctor(**servers, topic: "orders", timeout: 1_000)

    expect(run.failed).to include("topic")
    expect(run.about("topic")).to include("no leader for partition 1")
  end

  it "finds a topic that is not there, with one that may be meant" do
    cluster.create_topic("orders")
    run = doctor(**servers, topic: "order")

    expect(run.failed).to eq(["topic"])
    expect(run.about("topic")).to include("Is orders meant?")
    expect(admin(**servers).metadata.topics.size).to eq(1)
  end

  it "tells the lag of a group" do
    cluster.create_topic("orders")
    client = producer(**servers)
    3.times { client.produce(topic: "orders", payload: "a", partition: 0).wait(max_wait_timeout_ms: 20_000) }
    reader = consumer("group.id": "shop", **servers)
    reader.commit(partition_list("orders" => { 0 => 1 }))

    expect(doctor(**servers, group: "shop").about("group")).to include("lag 2")
  end

  {
    "HTTP" => "HTTP/1.1 400 Bad Request\r\n\r\n", "TLS" => "\x15\x03\x03\x00\x02\x02\x46",
    "nonsense" => "\0\0\0\x04abcdefgh"
  }.each do |name, answer|
    it "finds #{name} in the place of Kafka" do
      run = doctor(**server(answer))

      expect(run.failed).to eq(["kafka"])
      expect(run.about("kafka")).to include(name == "TLS" ? "security.protocol" : "Something else than Kafka")
    end
  end

  it "does not wait for ever for a server that says nothing" do
    run = doctor(**server(""), timeout: 300)

    expect(run.failed).to eq(["kafka"])
    expect(run.about("kafka")).to include("no answer within 0.3 s")
  end

  it "can be interrupted while it waits" do
    waiting = server("")
    running = start_karafka_native("doctor", "-o", "bootstrap.servers=#{waiting[:"bootstrap.servers"]}")
    within(30) { nil until running.line.start_with?("✓ tcp") }

    expect(running.end_with(:INT)).to have_attributes(ending: 130, err: "")
  end

  it "takes no part in the application's groups, and fences none of its producers" do
    cluster.create_topic("orders")
    names = { "group.id": "shop", "group.instance.id": "one", "transactional.id": "shop" }
    client = closing(config("transactional.id": "shop", **servers).producer).tap(&:init_transactions)
    run = doctor(**servers, **names, topic: "orders")
    client.begin_transaction
    client.produce(topic: "orders", payload: "a").wait(max_wait_timeout_ms: 20_000)

    expect(run.failed).to eq([])
    expect { client.commit_transaction }.not_to raise_error
  end
end
