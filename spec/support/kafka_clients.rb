# frozen_string_literal: true

require "logger"
require "securerandom"

# Clients, topics and waiting for examples that need a cluster. Every client that is made here is closed after the
# example.
module KafkaClients
  # A wait took longer than an example may take.
  class TooSlow < StandardError; end

  # Gives up what a producer has queued, so that it can be closed at once.
  Purger = Struct.new(:producer) do
    def close
      producer.closed? || producer.purge
    end
  end

  class << self
    # @return [KarafkaNative::MockCluster] one for the whole run, started on first use
    def cluster
      # A forked process inherits only the memory of the brokers.
      @cluster ||= KarafkaNative::MockCluster.new(brokers: 2)
    end

    # Names only broker 2, which leads no topic for share consumers (see {ShareConsumers#share_topic}).
    #
    # @param cluster [KarafkaNative::MockCluster] one of two brokers
    # @return [String] for the option `bootstrap.servers`
    def bootstrap_servers(cluster = self.cluster)
      cluster.bootstrap_servers.split(",").last
    end

    # @return [void]
    def stop
      @cluster&.close
      @cluster = nil
    end
  end

  # @param options [Hash] Kafka options; `bootstrap.servers` is that of the shared cluster unless given
  # @return [Rdkafka::Config]
  def config(**)
    Rdkafka::Config.new({ "bootstrap.servers": KafkaClients.bootstrap_servers, ** })
  end

  # @param options [Hash] Kafka options
  # @return [Rdkafka::Producer]
  def producer(**)
    closing(config(**).producer)
  end

  # A producer that never reaches a broker. What it has queued is given up when it is closed after the example.
  #
  # @param options [Hash] Kafka options
  # @return [Rdkafka::Producer]
  def unreachable_producer(**)
    producer("bootstrap.servers": "127.0.0.1:1", **).tap { |made| closing(Purger.new(made)) }
  end

  # @param options [Hash] Kafka options; a group of its own and `auto.offset.reset` earliest unless given
  # @return [Rdkafka::Consumer]
  def consumer(**)
    closing(config("group.id": unique_name("group"), "auto.offset.reset": "earliest", **).consumer)
  end

  # @param options [Hash] Kafka options
  # @return [Rdkafka::Admin]
  def admin(**)
    closing(config(**).admin)
  end

  # Has a client, or whatever else has a method `close`, closed after the example.
  #
  # @param client [#close]
  # @return [#close] the argument
  def closing(client)
    (@clients_to_close ||= []) << client
    client
  end

  # @param partitions [Integer]
  # @param cluster [KarafkaNative::MockCluster]
  # @return [String] name of a topic that exists and that no other example uses
  def new_topic(partitions: 1, cluster: KafkaClients.cluster)
    unique_name("topic").tap { |name| cluster.create_topic(name, partitions: partitions) }
  end

  # @return [String]
  def unique_name(prefix)
    "#{prefix}-#{SecureRandom.hex(6)}"
  end

  # Runs the block in a thread of its own and gives up on it after that many seconds, so that what hangs fails.
  #
  # @return [Object] what the block returns
  # @raise [TooSlow]
  def within(seconds, &)
    thread = Thread.new(&)
    thread.report_on_exception = false
    return thread.value if thread.join(seconds)

    trace = thread.backtrace&.first(5)&.join("\n  ")
    thread.kill
    raise TooSlow, "not done within #{seconds} seconds, stuck at\n  #{trace}"
  end

  # Calls the block until it returns something truthy. For conditions that no event announces.
  #
  # @return [Object] the truthy value
  # @raise [TooSlow]
  def eventually(seconds = 30)
    deadline = monotonic_seconds + seconds
    until (value = yield)
      raise TooSlow, "did not come true within #{seconds} seconds" if monotonic_seconds > deadline

      sleep(0.005)
    end
    value
  end

  # Starts the block in a thread and returns when it waits, or has ended. What it waits for has to be there before: an
  # example's `let` that the thread is the first to use makes it wait as well.
  #
  # @return [Thread]
  def blocked(...)
    thread = Thread.new(...)
    thread.report_on_exception = false
    eventually { thread.stop? }
    thread
  end

  # @return [Rdkafka::RdkafkaError, nil] what the block raises
  def error_of
    yield
    nil
  rescue Rdkafka::RdkafkaError => e
    e
  end

  # @return [Symbol, nil] code of that error
  def code_of(&)
    error_of(&)&.code
  end

  # Takes errors that the error callback has put into a queue until one has the code, and is the client's if one is
  # given: clients of other examples may still fail.
  #
  # @param errors [Queue<Rdkafka::RdkafkaError>]
  # @param code [Symbol]
  # @param client [#name, nil]
  # @return [Rdkafka::RdkafkaError]
  # @raise [TooSlow]
  def heard(errors, code, client = nil)
    within(20) do
      loop do
        error = errors.pop
        break error if error.code == code && (client.nil? || error.instance_name == client.name)
      end
    end
  end

  # What a consumer reports while a group coordinator moves to another broker; it then tries again by itself.
  COORDINATOR_MOVES = %i[coordinator_load_in_progress coordinator_not_available not_coordinator].freeze

  # A poll that takes the move of a group coordinator for an empty one: real brokers come and go in these examples.
  #
  # @return [Rdkafka::Consumer::Message, nil]
  def patient_poll(consumer, timeout_ms)
    consumer.poll(timeout_ms)
  rescue Rdkafka::RdkafkaError => e
    raise unless COORDINATOR_MOVES.include?(e.code)
  end

  # Polls until that many messages have arrived.
  #
  # @param consumer [Rdkafka::Consumer]
  # @param count [Integer]
  # @return [Array<Rdkafka::Consumer::Message>]
  # @raise [TooSlow]
  def consume(consumer, count, seconds: 20)
    deadline = monotonic_seconds + seconds
    messages = []
    while messages.size < count
      message = patient_poll(consumer, 100)
      messages << message if message
      raise TooSlow, "#{messages.size} of #{count} messages in #{seconds} seconds" if monotonic_seconds > deadline
    end
    messages
  end

  # Reads a topic from its beginning, without a group.
  #
  # @param topic [String]
  # @param count [Integer] messages to wait for
  # @return [Array<Rdkafka::Consumer::Message>]
  # @raise [TooSlow]
  def messages_of(topic, count = 1, partitions: 1, **)
    consume(assigned_consumer(topic, (0...partitions).to_h { |partition| [partition, 0] }, **), count)
  end

  # @param topics [Hash{String => Hash, Array}] offsets by partition, or partitions
  # @return [Rdkafka::Consumer::TopicPartitionList]
  def partition_list(topics)
    topics.each_with_object(Rdkafka::Consumer::TopicPartitionList.new) do |(topic, partitions), list|
      list.add_topic_and_partitions_with_offsets(topic, partitions.to_h { |number, offset| [number, offset] })
    end
  end

  # @param topic [String]
  # @param offsets [Hash{Integer => Integer}] where to begin in each partition
  # @param options [Hash] Kafka options
  # @return [Rdkafka::Consumer] one that is assigned these partitions, and that does not let brokers hold requests back
  def assigned_consumer(topic, offsets = { 0 => 0 }, **)
    consumer("fetch.wait.max.ms": 10, **).tap { |consumer| consumer.assign(partition_list(topic => offsets)) }
  end

  # Produces messages and waits for their delivery.
  #
  # @param topic [String]
  # @param messages [Array<String, Hash>] payloads, or what {Rdkafka::Producer#produce} takes; partition 0 unless given
  # @return [Array<Rdkafka::Producer::DeliveryReport>]
  def publish(topic, *messages)
    client = producer
    messages
      .map { |message| message.is_a?(Hash) ? message : { payload: message } }
      .map { |message| client.produce(topic: topic, partition: 0, **message) }
      .map { |handle| handle.wait(max_wait_timeout_ms: 20_000) }
  end

  # @return [Float]
  def monotonic_seconds
    Process.clock_gettime(Process::CLOCK_MONOTONIC)
  end

  # Closes what the example has made, the newest first.
  #
  # @return [void]
  def close_clients
    clients = @clients_to_close || []
    @clients_to_close = nil
    clients.reverse_each { |client| within(60) { client.close } }
  end
end

RSpec.configure do |config|
  config.include KafkaClients
  config.before(:suite) { Rdkafka::Config.logger = Logger.new(IO::NULL) }
  config.after { close_clients }
  config.after(:suite) { KafkaClients.stop }
end
