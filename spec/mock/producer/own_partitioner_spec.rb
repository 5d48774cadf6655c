# frozen_string_literal: true

RSpec.describe Rdkafka::Producer, "#partitioner=" do
  subject(:client) { producer }

  let(:topic) { new_topic(partitions: 5) }
  let(:asked) { [] }

  def ask
    client.partitioner = lambda do |*arguments|
      asked << arguments
      yield(*arguments)
    end
  end

  def partition_of(**) = client.produce(topic: topic, payload: "a", **).wait.partition

  it "asks it for each message without a partition" do
    ask { |_, key, count| key.to_i % count }

    expect([partition_of(key: "7"), partition_of(key: "1", partition_key: "9"), partition_of]).to eq([2, 4, 0])
    expect(partition_of(key: "3", partition: -1)).to eq(3)
    expect(asked).to eq([[topic, "7", 5], [topic, "9", 5], [topic, nil, 5], [topic, "3", 5]])
  end

  it "does not ask it about messages with a partition" do
    ask { 0 }

    expect(partition_of(partition: 3, key: "7")).to eq(3)
    expect(asked).to be_empty
  end

  it "asks it about a partition key even if there is a partition" do
    ask { 4 }

    expect(partition_of(partition: 3, partition_key: "7")).to eq(4)
  end

  it "gives it the whole key" do
    ask { 0 }
    partition_of(partition_key: "éé")

    expect(asked).to eq([[topic, "éé", 5]])
  end

  it "leaves it to the message to name another one" do
    ask { 0 }

    expect(partition_of(partition_key: "abc", partitioner: "murmur2")).to eq(2)
    expect(partition_of(partition_key: "abc", topic_config: { partitioner: "murmur2" })).to eq(2)
    expect(asked).to be_empty
  end

  it "may be the message's own, for its partition key" do
    expect(partition_of(partition_key: "abc", partitioner: ->(_, key, count) { key.size % count })).to eq(3)
  end

  it "may be the message's own, for its key" do
    own = ->(*arguments) { (asked << arguments).size }

    expect([partition_of(key: "abc", partitioner: own), partition_of(partitioner: own)]).to eq([1, 2])
    expect(partition_of(key: "abc", partition: 4, partitioner: own)).to eq(4)
    expect(asked).to eq([[topic, "abc", 5], [topic, nil, 5]])
  end

  it "takes false for no partition key" do
    ask { |_, key, _| key.to_i }

    expect(partition_of(key: "2", partition_key: false)).to eq(2)
    expect(partition_of(key: "2", partition_key: false, partition: 1)).to eq(1)
  end

  it "takes what can be called or is a name" do
    client.partitioner = Class.new { def call(_topic, key, _count) = key.to_i }.new
    expect(partition_of(key: "1")).to eq(1)

    client.partitioner = :murmur2
    expect([client.partitioner, partition_of(partition_key: "abc")]).to eq([:murmur2, 2])
    expect(producer(partitioner: "fnv1a").partitioner).to eq("fnv1a")
    expect(producer.partitioner).to eq("consistent_random")
  end

  [nil, 5, Object.new].each do |bad|
    it "cannot be #{bad.class}", :untyped do
      expect { client.partitioner = bad }.to raise_error(TypeError, "Partitioner has to be a name or callable")
      expect(client.partitioner).to eq("consistent_random")
    end
  end

  it "takes what can be an Integer" do
    ask { Class.new { def to_int = 3 }.new }

    expect(partition_of).to eq(3)
  end

  [nil, "1", 1.0].each do |bad|
    it "refuses #{bad.inspect} as partition", :untyped do
      ask { bad }

      expect { partition_of }.to raise_error(TypeError, "the partitioner has to return an Integer, not #{bad.inspect}")
      expect(client.queue_size).to eq(0)
    end
  end

  [-1, 5, 2**40].each do |bad|
    it "refuses #{bad} as partition" do
      ask { bad }

      expect { partition_of }.to raise_error(RangeError, "the partitioner returned #{bad} for a topic of 5 partitions")
      expect(client.queue_size).to eq(0)
    end
  end

  it "lets what it raises out of produce, and nothing is queued" do
    ask { raise IOError, "no idea" }

    expect { partition_of }.to raise_error(IOError, "no idea")
    expect(client.queue_size).to eq(0)
  end

  it "is not asked while the topic is unknown" do
    described_class.partitions_count_cache.set(topic, -1)
    ask { 3 }

    expect(client.produce(topic: topic, payload: "a").wait).to be_persisted
    expect(asked).to be_empty
  end

  it "may close the producer" do
    client.partitioner = lambda do |*|
      client.close
      0
    end

    expect { partition_of }.to raise_error(Rdkafka::ClosedProducerError)
    expect { partition_of }.to raise_error(Rdkafka::ClosedProducerError)
  end

  it "may be asked by several threads, and can be interrupted" do
    entered = Queue.new
    client.partitioner = lambda do |*|
      entered << true
      sleep
    end
    threads = Array.new(2) { Thread.new { partition_of } }
    2.times { entered.pop }
    threads.each(&:kill)

    expect(threads.map { |thread| thread.join(10) }).to eq(threads)
    expect(client.queue_size).to eq(0)
  end

  it "does not keep its producer from being collected", :gc do
    outcome = run_child(<<~RUBY, topic: topic)
      Thread.new do
        client = producer
        client.partitioner = ->(*) { client ? 0 : 1 }
        client.produce(topic: TOPIC, payload: "a").wait
      end.join
      GC.start
      puts ObjectSpace.each_object(Rdkafka::Producer).count
    RUBY

    expect(outcome).to print_lines("0")
  end
end
