# frozen_string_literal: true

RSpec.describe KarafkaNative::MockCluster do
  # Of its own, because brokers go down.
  let(:cluster) { closing(described_class.new(brokers: 3)) }
  let(:servers) { { "bootstrap.servers": cluster.bootstrap_servers } }
  let(:client) { producer("linger.ms": 0, **servers) }

  def partition(topic, number = 0)
    client.metadata(topic).topics.first[:partitions].find { |candidate| candidate[:partition_id] == number }
  end

  describe ".new" do
    it "starts one broker" do
      expect(closing(described_class.new).bootstrap_servers).to match(/\A127\.0\.0\.1:\d+\z/)
    end

    it "starts as many brokers as wanted" do
      ports = cluster.bootstrap_servers.split(",").map { |server| server[/\A127\.0\.0\.1:(\d+)\z/, 1].to_i }

      expect(ports).to all(be_positive)
      expect(ports.uniq.size).to eq(3)
      expect(client.metadata.brokers.map { |broker| broker[:broker_id] }).to contain_exactly(1, 2, 3)
    end

    # A signal would end the `poll` of a broker's thread, and with it the thread.
    it "starts threads to which no signal is delivered", file: "/proc/self/task" do
      cluster
      statuses = Dir["/proc/self/task/*/status"].map do |path|
        File.read(path)
      rescue SystemCallError
        "" # the thread has ended meanwhile
      end
      blocked = statuses.grep(/^Name:\trdk:mock$/).map { |status| status[/^SigBlk:\t(\h+)$/, 1].hex }

      expect(blocked).not_to be_empty
      expect(blocked.map { |signals| signals[Signal.list["USR1"] - 1] }).to all(eq(1))
    end

    it "gives several clusters that have nothing in common" do
      other = closing(described_class.new)
      other.create_topic("t")

      expect(other.bootstrap_servers).not_to eq(cluster.bootstrap_servers)
      expect(client.metadata.topics).to be_empty
    end

    [0, -1, 101, "3", nil, 1.5, :two].each do |bad|
      it "refuses #{bad.inspect} brokers" do
        expect { described_class.new(brokers: bad) }.to raise_error(StandardError) { |error|
          expect([ArgumentError, TypeError]).to include(error.class)
        }
      end
    end

    it "closes the cluster after the block and returns the block's value" do
      inside = nil
      value = described_class.new(brokers: 2) do |made|
        inside = [made, made.closed?]
        :value
      end

      expect(value).to eq(:value)
      expect(inside).to match([be_closed, false])
    end

    it "closes the cluster when the block raises" do
      made = nil

      expect do
        described_class.new do |cluster|
          made = cluster
          raise IOError, "oh no"
        end
      end.to raise_error(IOError, "oh no")
      expect(made).to be_closed
    end
  end

  describe "#create_topic" do
    it "creates a topic with one partition" do
      expect(cluster.create_topic("t")).to be_nil
      expect(client.metadata("t").topics.first).to include(topic_name: "t", partition_count: 1)
    end

    it "takes partitions and replicas" do
      cluster.create_topic("t", partitions: 5, replication_factor: 3)

      expect(client.metadata("t").topics.first).to include(partition_count: 5)
      expect(partition("t")).to include(replica_count: 3, in_sync_replica_brokers: 3)
    end

    it "refuses a topic that exists" do
      cluster.create_topic("t")

      expect { cluster.create_topic("t") }
        .to raise_error(Rdkafka::RdkafkaError) { |error| expect(error.code).to eq(:topic_already_exists) }
    end

    it "is not needed: topics appear with 4 partitions" do
      client.produce(topic: "t", payload: "a").wait

      expect(client.metadata("t").topics.first).to include(partition_count: 4)
    end

    [nil, :symbol, 5].each do |bad|
      it "refuses #{bad.inspect} as name" do
        expect { cluster.create_topic(bad) }.to raise_error(TypeError)
      end
    end

    it "takes the bytes of a name, which are binary in messages, and leaves its encoding alone" do
      name = "orders-\u00E9".b
      cluster.create_topic(name)
      cluster.set_leader(name, 0, 1)

      expect(name.encoding).to eq(Encoding::BINARY)
      expect(client.metadata(name).topics.first).to include(partition_count: 1, topic_name: name)
    end

    # In a process of its own: librdkafka aborts on some of them.
    [
      { partitions: 0 }, { partitions: -1 }, { partitions: "1" }, { partitions: 2**31 },
      { replication_factor: 0 }, { replication_factor: -1 }, { replication_factor: "1" }
    ].each do |numbers|
      it "refuses #{numbers.inspect}" do
        outcome = run_child(<<~RUBY, numbers: numbers)
          KarafkaNative::MockCluster.new { |cluster| cluster.create_topic("t", **NUMBERS) }
          puts "created"
        RUBY

        expect(outcome.ending).to eq(1)
        expect(outcome.err).to match(/\((ArgumentError|TypeError|RangeError)\)/)
      end
    end
  end

  describe "#set_leader" do
    before { cluster.create_topic("t", replication_factor: 3) }

    it "moves a partition" do
      [2, 3, 1].each do |broker|
        expect(cluster.set_leader("t", 0, broker)).to be_nil
        expect(partition("t")).to include(leader: broker)
        expect(client.produce(topic: "t", payload: "a", partition: 0).wait.broker_id).to eq(broker)
      end
    end

    it "leaves a partition without a leader" do
      cluster.set_leader("t", 0, nil)
      handle = client.produce(topic: "t", payload: "a", partition: 0)

      expect { handle.wait(max_wait_timeout_ms: 200) }.to raise_error(Rdkafka::AbstractHandle::WaitTimeoutError)
      cluster.set_leader("t", 0, 2)
      expect(handle.wait).to be_persisted
    end

    it "refuses what does not exist" do
      expect { cluster.set_leader("t", 7, 1) }.to raise_error(Rdkafka::RdkafkaError, /unknown_topic_or_part/)
      expect { cluster.set_leader("t", 0, 7) }.to raise_error(Rdkafka::RdkafkaError, /broker_not_available/)
    end

    it "refuses wrong types" do
      expect { cluster.set_leader(nil, 0, 1) }.to raise_error(TypeError)
      expect { cluster.set_leader("t", "0", 1) }.to raise_error(TypeError)
      expect { cluster.set_leader("t", 0, "1") }.to raise_error(TypeError)
    end
  end

  describe "#set_coordinator" do
    it "moves a group" do
      member = consumer("group.id": "g", "reconnect.backoff.max.ms": 100, **servers)
      list = AdminOperations.list("t")
      cluster.create_topic("t")
      [1, 2, 3].each do |broker|
        expect(cluster.set_coordinator("g", broker)).to be_nil
        cluster.broker_down
        cluster.broker_up(broker)
        expect(within(20) { member.commit(list) }).to be_nil
        cluster.broker_up
      end
    end

    it "refuses what is no group, and brokers that do not exist" do
      [nil, :g, 1].each { |group| expect { cluster.set_coordinator(group, 1) }.to raise_error(TypeError) }
      [0, 4, -1].each { |broker| expect { cluster.set_coordinator("g", broker) }.to raise_error(ArgumentError) }
    end
  end

  # The first arguments of methods, or those before a name.
  { create_topic: [[], "name"], set_leader: [[], "topic", 0, 1], set_coordinator: [[], "group", 1],
    advertise: [[1], "host", 9_092], push_errors: [[], "request", 7],
    clear_errors: [[], "request"] }.each do |method, (before, what, *after)|
    { "a\0b" => "contains a null byte", "a".encode("UTF-16LE") => "contains a null byte",
      "a\xFF" => "is not valid UTF-8", "\xFF".b => "is not valid UTF-8" }.each do |text, complaint|
      it "refuses #{text.inspect} in ##{method}" do
        expect { cluster.public_send(method, *before, text, *after) }
          .to raise_error(ArgumentError, "#{what} #{complaint}")
      end
    end
  end

  describe "#broker_down and #broker_up" do
    before do
      cluster.create_topic("t", partitions: 1)
      cluster.set_leader("t", 0, 2)
      client.produce(topic: "t", payload: "a").wait
    end

    let(:client) do
      producer("linger.ms": 0, "reconnect.backoff.ms": 10, "reconnect.backoff.max.ms": 50, **servers)
    end

    it "stop one broker and start it again" do
      expect(cluster.broker_down(2)).to be_nil
      handle = client.produce(topic: "t", payload: "b")
      expect { handle.wait(max_wait_timeout_ms: 200) }.to raise_error(Rdkafka::AbstractHandle::WaitTimeoutError)

      expect(cluster.broker_up(2)).to be_nil
      expect(handle.wait.broker_id).to eq(2)
    end

    it "leave the other brokers alone" do
      cluster.create_topic("u", partitions: 1)
      cluster.set_leader("u", 0, 1)
      cluster.broker_down(2)

      expect(client.produce(topic: "u", payload: "a").wait.broker_id).to eq(1)
    end

    it "are for all brokers by default" do
      errors = Thread::Queue.new
      Rdkafka::Config.error_callback = ->(error) { errors << error.code }
      cluster.broker_down
      handle = client.produce(topic: "t", payload: "b")
      eventually { errors.pop(timeout: 0.1) == :all_brokers_down }
      cluster.broker_up

      expect(handle.wait).to be_persisted
    ensure
      Rdkafka::Config.error_callback = nil
    end

    it "refuse brokers that do not exist" do
      %i[broker_down broker_up].each do |name|
        expect { cluster.public_send(name, 9) }.to raise_error(Rdkafka::RdkafkaError, /broker_not_available/)
        expect { cluster.public_send(name, "2") }.to raise_error(TypeError)
      end
    end
  end

  describe "#advertise" do
    it "tells clients to connect to another address" do
      expect(cluster.advertise(2, "elsewhere", 1)).to be_nil

      expect(client.metadata.brokers).to include(broker_id: 2, broker_name: "elsewhere", broker_port: 1)
      expect(cluster.bootstrap_servers).not_to include("elsewhere")
    end

    [[0, "a", 1], [4, "a", 1], ["1", "a", 1], [1, :a, 1], [1, "", 1], [1, "a" * 128, 1], [1, "a\0b", 1],
     [1, "a\xff", 1], [1, "a", 0], [1, "a", 65_536], [1, "a", "1"], [1, nil, 1], [1, "a", nil]].each do |bad|
      it "refuses #{bad.inspect[0, 40]}" do
        expect { cluster.advertise(*bad) }.to raise_error(StandardError) { |error|
          expect([ArgumentError, TypeError]).to include(error.class)
        }
      end
    end
  end

  describe "#set_round_trip_time" do
    before { cluster.create_topic("t") }

    it "delays answers" do
      client.produce(topic: "t", payload: "a").wait
      expect(cluster.set_round_trip_time(300)).to be_nil
      slow = client.produce(topic: "t", payload: "a").wait.latency
      cluster.set_round_trip_time(0)
      client.produce(topic: "t", payload: "a").wait

      expect(slow).to be > 290_000
      expect(client.produce(topic: "t", payload: "a").wait.latency).to be < slow
    end

    it "is for one broker, if told so" do
      cluster.set_leader("t", 0, 1)
      cluster.set_round_trip_time(60_000, 2)

      expect(client.produce(topic: "t", payload: "a").wait(max_wait_timeout_ms: 20_000)).to be_persisted
    end

    it "refuses what is no time and no broker" do
      [-1, 2**40, "1", nil].each do |bad|
        expect { cluster.set_round_trip_time(bad) }.to raise_error(StandardError) { |error|
          expect([ArgumentError, RangeError, TypeError]).to include(error.class)
        }
      end
      expect { cluster.set_round_trip_time(1, 9) }.to raise_error(Rdkafka::RdkafkaError, /broker_not_available/)
    end
  end

  describe "#start_share_groups_at", :share_groups do
    def first_payload(topic)
      member = share_consumer(topic: topic, **servers)
      eventually do
        client.produce(topic: topic, payload: "later", partition: 0)
        member.poll(100).first
      end.payload
    end

    def filled_topic
      new_topic(cluster: cluster).tap { |topic| client.produce(topic: topic, payload: "before", partition: 0).wait }
    end

    it "decides what a new group reads first" do
      expect(first_payload(filled_topic)).to eq("later")
      expect(cluster.start_share_groups_at(:earliest)).to be_nil
      expect(first_payload(filled_topic)).to eq("before")
      cluster.start_share_groups_at(:latest)
      expect(first_payload(filled_topic)).to eq("later")
    end

    it "refuses other positions" do
      expect { cluster.start_share_groups_at("earliest") }.to raise_error(ArgumentError, /:earliest or :latest/)
    end
  end

  describe "#push_errors" do
    before { cluster.create_topic("t") }

    it "lets that many requests fail" do
      expect(cluster.push_errors(:Produce, 87, 10)).to be_nil
      codes = Array.new(3) do
        client.produce(topic: "t", payload: "a").wait(raise_response_error: false).error&.code
      end

      expect(codes).to eq([:invalid_record, :msg_size_too_large, nil])
    end

    it "takes the name as String" do
      cluster.push_errors("Produce", 87)

      expect { client.produce(topic: "t", payload: "a").wait }.to raise_error(Rdkafka::RdkafkaError, /invalid_record/)
    end

    it "can be taken back" do
      cluster.push_errors(:Produce, 87, 87)
      expect(cluster.clear_errors(:Produce)).to be_nil

      expect(client.produce(topic: "t", payload: "a").wait).to be_persisted
    end

    it "refuses unknown types" do
      [:Bake, "produce", nil, 5, ""].each do |bad|
        expect { cluster.push_errors(bad, 1) }.to raise_error(ArgumentError, /request type/)
        expect { cluster.clear_errors(bad) }.to raise_error(ArgumentError, /request type/)
      end
    end

    it "refuses unknown codes" do
      [99_999, "87", nil, 2**40].each do |bad|
        expect { cluster.push_errors(:Produce, bad) }.to raise_error(StandardError) { |error|
          expect([ArgumentError, RangeError, TypeError]).to include(error.class)
        }
      end
      expect(client.produce(topic: "t", payload: "a").wait).to be_persisted
    end
  end

  describe "#close" do
    it "can be repeated" do
      3.times { expect(within(20) { cluster.close }).to be_nil }

      expect(cluster).to be_closed
    end

    it "can be called by several threads at once" do
      expect(run_child(<<~RUBY, seconds: 10)).to print_lines([nil, nil, nil, nil].inspect)
        cluster = KarafkaNative::MockCluster.new(brokers: 3)
        p Array.new(4) { Thread.new { cluster.close } }.map(&:value)
      RUBY
    end

    it "refuses everything else afterwards" do
      cluster.close

      {
        bootstrap_servers: [], create_topic: ["t"], set_leader: ["t", 0, 1], set_coordinator: ["g", 1],
        broker_down: [1], broker_up: [1], set_round_trip_time: [1], push_errors: [:Produce, 1], clear_errors: [:Produce]
      }.each do |name, arguments|
        expect { cluster.public_send(name, *arguments) }.to raise_error(RuntimeError, /closed/), name.to_s
      end
    end

    it "makes clients lose their brokers" do
      cluster.create_topic("t")
      client.produce(topic: "t", payload: "a").wait
      closing(KafkaClients::Purger.new(client))
      cluster.close

      expect { client.produce(topic: "t", payload: "a").wait(max_wait_timeout_ms: 200) }
        .to raise_error(Rdkafka::AbstractHandle::WaitTimeoutError)
    end

    it "is not needed" do
      expect(in_fork do
        20.times { described_class.new }
        GC.start
        :alive
      end).to eq(:alive)
    end
  end

  it "does nothing in a forked process" do
    cluster

    expect(in_fork { [cluster.close, cluster.closed?] }).to eq([nil, true])
    expect(client.produce(topic: "t", payload: "a").wait).to be_persisted
  end

  it "cannot be changed by a forked process" do
    outcome = run_child(<<~RUBY, seconds: 10)
      cluster = KarafkaNative::MockCluster.new
      changes = {
        create_topic: ["t"], set_leader: ["t", 0, 1], set_coordinator: ["g", 1], broker_down: [], broker_up: [],
        advertise: [1, "localhost", 9092], set_round_trip_time: [1], start_share_groups_at: [:earliest],
        push_errors: [:Produce, 1], clear_errors: [:Produce]
      }
      servers = cluster.bootstrap_servers
      Process.wait(fork do
        puts cluster.bootstrap_servers == servers
        puts(changes.map do |name, arguments|
          cluster.public_send(name, *arguments)
        rescue RuntimeError => e
          e.message
        end.uniq)
      end)
    RUBY

    expect(outcome).to print_lines("true", "only the process that started a mock cluster can change it")
  end

  it "serves clients of other processes" do
    cluster.create_topic("t")
    options = servers

    offset = in_fork do
      made = config(**options).producer
      made.produce(topic: "t", payload: "a").wait.offset.tap { made.close }
    end
    expect(offset).to eq(0)
    expect(client.produce(topic: "t", payload: "a").wait.offset).to eq(1)
  end
end
