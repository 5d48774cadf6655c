# frozen_string_literal: true

module KarafkaNative
  # An embedded Kafka cluster for tests: librdkafka's mock brokers in this process, on loopback. Needs neither Docker
  # nor Kafka.
  #
  # It supports producing, consuming, consumer groups, transactions and share groups, but no admin requests. It keeps
  # about 5 MB of messages per partition and drops the oldest. Clients of other processes can connect too.
  #
  # Only the process that started it can change it: in a forked one, `close` does nothing, and all other methods but
  # {#bootstrap_servers} and {#closed?} raise a RuntimeError, as they do everywhere once it is closed.
  #
  # @example
  #   KarafkaNative::MockCluster.new(brokers: 3) do |cluster|
  #     cluster.create_topic("orders", partitions: 4)
  #     producer = Rdkafka::Config.new("bootstrap.servers": cluster.bootstrap_servers).producer
  #     producer.produce(topic: "orders", payload: "1").wait
  #     producer.close
  #   end
  class MockCluster
    # All brokers at once, for the methods that take a broker.
    ALL_BROKERS = -1

    MAX_INTEGER = (2**31) - 1
    CODES = (-(2**31)..MAX_INTEGER)
    private_constant :MAX_INTEGER, :CODES

    # Starts a cluster. With a block, yields the cluster, closes it afterwards, and returns the block's value.
    #
    # @param brokers [Integer] how many; their ids are 1 to that number
    # @param rebalance_delay_ms [Integer] how long a new consumer group waits for further members
    # @return [MockCluster, Object]
    # @raise [TypeError, ArgumentError] when brokers is not an Integer from 1 to 100
    def self.new(brokers: 1, rebalance_delay_ms: 0)
      cluster = super
      return cluster unless block_given?

      begin
        yield cluster
      ensure
        cluster.close
      end
    end

    # @param brokers [Integer]
    # @param rebalance_delay_ms [Integer]
    def initialize(brokers: 1, rebalance_delay_ms: 0)
      delay = checked("rebalance_delay_ms", rebalance_delay_ms, 0..MAX_INTEGER)
      count = checked("brokers", brokers, 1..100)
      @broker_ids = 1..count
      @native = Native::MockCluster.new(count, delay)
    end

    # @return [String] for the option `bootstrap.servers`
    def bootstrap_servers
      @native.bootstrap_servers
    end

    # Creates a topic. Other topics are created when first produced to, with 4 partitions.
    #
    # @param name [String]
    # @param partitions [Integer]
    # @param replication_factor [Integer]
    # @return [nil]
    # @raise [Rdkafka::RdkafkaError] `:topic_already_exists`
    # @raise [TypeError, ArgumentError] for an invalid name or number
    def create_topic(name, partitions: 1, replication_factor: 1)
      @native.create_topic(
        text("name", name), checked("partitions", partitions, 1..100_000),
        checked("replication_factor", replication_factor, 1..100)
      )
    end

    # Moves a partition to another leader. Creates the topic, if there is none of that name.
    #
    # @param topic [String]
    # @param partition [Integer]
    # @param broker [Integer, nil] nil leaves the partition without a leader
    # @return [nil]
    # @raise [Rdkafka::RdkafkaError] `:broker_not_available` for an unknown broker, `:unknown_topic_or_part` for an
    #   unknown partition
    # @raise [TypeError, ArgumentError] for an invalid name or number
    def set_leader(topic, partition, broker)
      leader = broker && checked("broker", broker, 1..MAX_INTEGER)
      @native.set_leader(text("topic", topic), checked("partition", partition, 0..MAX_INTEGER), leader)
    end

    # Moves a group to another coordinator.
    #
    # @param group [String]
    # @param broker [Integer]
    # @return [nil]
    # @raise [TypeError, ArgumentError] for an unknown broker or an invalid name
    def set_coordinator(group, broker)
      @native.set_coordinator(text("group", group), checked("broker", broker, @broker_ids))
    end

    # Disconnects a broker and makes it refuse connections. It stays the leader of its partitions.
    #
    # @param broker [Integer] its id, by default all
    # @return [nil]
    # @raise [Rdkafka::RdkafkaError] `:broker_not_available` for an unknown broker
    # @raise [TypeError, ArgumentError] for what cannot be one
    def broker_down(broker = ALL_BROKERS)
      @native.broker_down(checked("broker", broker, ALL_BROKERS..MAX_INTEGER))
    end

    # Lets a broker accept connections again.
    #
    # @param broker [Integer] its id, by default all
    # @return [nil]
    # @raise [Rdkafka::RdkafkaError] `:broker_not_available` for an unknown broker
    # @raise [TypeError, ArgumentError] for what cannot be one
    def broker_up(broker = ALL_BROKERS)
      @native.broker_up(checked("broker", broker, ALL_BROKERS..MAX_INTEGER))
    end

    # Makes a broker advertise another address, such as that of a proxy, or one where nothing listens.
    # {#bootstrap_servers} does not change.
    #
    # @param broker [Integer] its id
    # @param host [String] 127 bytes at most
    # @param port [Integer]
    # @return [nil]
    # @raise [TypeError, ArgumentError] for an unknown broker or an invalid address
    def advertise(broker, host, port)
      name = text("host", host)
      raise ArgumentError, "host has to have 1 to 127 bytes" unless name.bytesize.between?(1, 127)

      @native.advertise(checked("broker", broker, @broker_ids), name, checked("port", port, 1..65_535))
    end

    # Delays a broker's responses.
    #
    # @param milliseconds [Integer]
    # @param broker [Integer] its id, by default all
    # @return [nil]
    # @raise [Rdkafka::RdkafkaError] `:broker_not_available` for an unknown broker
    # @raise [TypeError, ArgumentError] for an invalid number
    def set_round_trip_time(milliseconds, broker = ALL_BROKERS)
      delay = checked("milliseconds", milliseconds, 0..MAX_INTEGER)
      @native.set_round_trip_time(checked("broker", broker, ALL_BROKERS..MAX_INTEGER), delay)
    end

    # Sets where share groups start in partitions that they have not read before; by default `:latest`.
    #
    # @param position [Symbol] `:earliest` or `:latest`
    # @return [nil]
    # @raise [ArgumentError] for another position
    # @raise [RuntimeError] with a librdkafka without share groups
    def start_share_groups_at(position)
      unless %i[earliest latest].include?(position)
        raise ArgumentError, "position has to be :earliest or :latest, got #{position.inspect}"
      end

      @native.start_share_groups_at(position == :earliest)
    end

    # Makes the next requests of a type fail, one error each.
    #
    # @param request [Symbol, String] type as named in the protocol, such as `:Produce`, `:Fetch` or `:JoinGroup`
    # @param codes [Array<Integer>] error codes; -195 disconnects the client
    # @return [nil]
    # @raise [TypeError, ArgumentError] for an unknown type or code
    def push_errors(request, *codes)
      type = text("request", Internal::Argument.text(request))
      @native.push_errors(type, codes.map { |code| checked("code", code, CODES) })
    end

    # Removes pushed errors that have not been used.
    #
    # @param request [Symbol, String]
    # @return [nil]
    # @raise [ArgumentError] for an unknown type
    def clear_errors(request)
      @native.clear_errors(text("request", Internal::Argument.text(request)))
    end

    # Stops the brokers, without the GVL. Further calls do nothing.
    #
    # @return [nil]
    def close
      @native.close
    end

    # @return [Boolean]
    def closed?
      @native.closed?
    end

    private

    # Its bytes count, as in all names: those of messages are binary.
    def text(what, value)
      given = String.try_convert(value) or raise TypeError, "#{what} has to be a String, got #{value.inspect}"
      bytes = String.new(given, encoding: Encoding::UTF_8)
      raise ArgumentError, "#{what} is not valid UTF-8" unless bytes.valid_encoding?
      raise ArgumentError, "#{what} contains a null byte" if bytes.include?("\0")

      bytes
    end

    # Some numbers make librdkafka abort the process.
    def checked(what, value, range)
      number = Internal::Argument.integer(value) or
        raise TypeError, "#{what} has to be an Integer, got #{value.inspect}"
      raise ArgumentError, "#{what} has to be in #{range}, got #{number}" unless range.cover?(number)

      number
    end
  end
end
