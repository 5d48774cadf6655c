# frozen_string_literal: true

module KarafkaNative
  # An embedded Kafka cluster for tests: brokers of librdkafka's own, in this process, on loopback. Neither Docker nor
  # Kafka is needed.
  #
  # It knows producing, consuming, consumer groups, transactions and share groups. It does not know admin requests, and
  # keeps about 5 MB of messages per partition, forgetting the oldest. Any client can connect, also of other processes.
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

    MAX_MILLISECONDS = (2**31) - 1
    private_constant :MAX_MILLISECONDS

    # Starts a cluster. With a block: calls it with the cluster, closes the cluster afterwards, and returns the block's
    # value.
    #
    # @param brokers [Integer] how many; their ids are 1 to that number
    # @param rebalance_delay_ms [Integer] how long a new consumer group waits for further members
    # @return [MockCluster, Object]
    # @raise [TypeError, ArgumentError] when brokers is no Integer from 1 to 100
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
      delay = checked("rebalance_delay_ms", rebalance_delay_ms, 0..MAX_MILLISECONDS)
      @broker_ids = 1..checked("brokers", brokers, 1..100)
      @native = Native::MockCluster.new(brokers, delay)
    end

    # @return [String] for the option `bootstrap.servers`
    def bootstrap_servers
      @native.bootstrap_servers
    end

    # Creates a topic. Without it, topics are created when first produced to, with 4 partitions.
    #
    # @param name [String]
    # @param partitions [Integer]
    # @param replication_factor [Integer]
    # @return [nil]
    # @raise [Rdkafka::RdkafkaError] when the topic exists
    def create_topic(name, partitions: 1, replication_factor: 1)
      raise TypeError, "name has to be a String, got #{name.inspect}" unless name.is_a?(String)
      raise ArgumentError, "name contains a null byte" if name.include?("\0")

      @native.create_topic(
        name, checked("partitions", partitions, 1..100_000), checked("replication_factor", replication_factor, 1..100)
      )
    end

    # Moves a partition to another leader.
    #
    # @param topic [String]
    # @param partition [Integer]
    # @param broker [Integer, nil] nil leaves the partition without a leader
    # @return [nil]
    def set_leader(topic, partition, broker)
      @native.set_leader(topic, partition, broker)
    end

    # Disconnects a broker and lets it refuse connections. Its partitions keep it as their leader.
    #
    # @param broker [Integer] its id, by default all
    # @return [nil]
    def broker_down(broker = ALL_BROKERS)
      @native.broker_down(broker)
    end

    # Lets a broker accept connections again.
    #
    # @param broker [Integer] its id, by default all
    # @return [nil]
    def broker_up(broker = ALL_BROKERS)
      @native.broker_up(broker)
    end

    # Tells clients to connect to a broker by this address instead of its own: that of a proxy, or one where nobody
    # listens. {#bootstrap_servers} stays.
    #
    # @param broker [Integer] its id
    # @param host [String] 127 bytes at most
    # @param port [Integer]
    # @return [nil]
    # @raise [TypeError, ArgumentError] for a broker that is not there, and what cannot be an address
    def advertise(broker, host, port)
      raise TypeError, "host has to be a String, got #{host.inspect}" unless host.is_a?(String)
      raise ArgumentError, "host has to have 1 to 127 bytes" unless host.bytesize.between?(1, 127)

      @native.advertise(checked("broker", broker, @broker_ids), host, checked("port", port, 1..65_535))
    end

    # Delays the answers of a broker.
    #
    # @param milliseconds [Integer]
    # @param broker [Integer] its id, by default all
    # @return [nil]
    def set_round_trip_time(milliseconds, broker = ALL_BROKERS)
      @native.set_round_trip_time(broker, checked("milliseconds", milliseconds, 0..MAX_MILLISECONDS))
    end

    # Where share groups begin that have not read a partition before. Without it they begin at `:latest`.
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
    # @raise [ArgumentError] for an unknown type or code
    def push_errors(request, *codes)
      @native.push_errors(request.to_s, codes)
    end

    # Forgets errors that were pushed and have not been used.
    #
    # @param request [Symbol, String]
    # @return [nil]
    def clear_errors(request)
      @native.clear_errors(request.to_s)
    end

    # Stops the brokers, with the GVL released. Calling it again does nothing.
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

    # librdkafka aborts the process on some numbers.
    def checked(what, value, range)
      raise TypeError, "#{what} has to be an Integer, got #{value.inspect}" unless value.is_a?(Integer)
      raise ArgumentError, "#{what} has to be in #{range}, got #{value}" unless range.cover?(value)

      value
    end
  end
end
