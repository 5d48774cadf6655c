# frozen_string_literal: true

module Quickstart
  # Where the job runs. Both kinds have `bootstrap_servers`, `description`, `create_topic`, which returns the number of
  # partitions, and `close`, which leaves nothing behind.
  module Cluster
    # @param bootstrap [String, nil] addresses of a real cluster; nil for an embedded one
    # @param deadline [Deadline]
    # @yieldparam cluster [Embedded, Real]
    def self.open(bootstrap, deadline)
      cluster = bootstrap ? Real.new(bootstrap, deadline) : Embedded.new
      begin
        yield cluster
      ensure
        cluster.close
      end
    end

    # Three brokers in this process.
    class Embedded
      BROKERS = 3
      PARTITIONS = 12
      # The cluster keeps 5 MB per partition and drops the oldest messages.
      BYTES_PER_PARTITION = 4_000_000
      private_constant :BROKERS, :PARTITIONS, :BYTES_PER_PARTITION

      def initialize
        @cluster = KarafkaNative::MockCluster.new(brokers: BROKERS)
      end

      # @return [String]
      def bootstrap_servers = @cluster.bootstrap_servers

      # @return [String]
      def description = "an embedded cluster of #{BROKERS} brokers"

      # @return [Hash] consumer options: here a rebalance takes as long as a session, less a second
      def consumer_options = { "session.timeout.ms": 3_000 }

      # @param name [String]
      # @param sample [Sample] messages to come
      # @return [Integer]
      def create_topic(name, sample)
        partitions = sample.partitions_for(BYTES_PER_PARTITION, least: PARTITIONS)
        @cluster.create_topic(name, partitions: partitions, replication_factor: BROKERS)
        partitions
      end

      def close = @cluster.close
    end

    # Brokers that run elsewhere. The topic is deleted at the end.
    class Real
      PARTITIONS = 12
      REPLICAS = 3
      DELETION_MS = 15_000
      private_constant :PARTITIONS, :REPLICAS, :DELETION_MS

      # @return [String]
      attr_reader :bootstrap_servers

      # @param bootstrap_servers [String]
      # @param deadline [Deadline]
      # @raise [Rdkafka::RdkafkaError] when no broker answers
      def initialize(bootstrap_servers, deadline)
        @bootstrap_servers = bootstrap_servers
        @deadline = deadline
        @admin = Rdkafka::Config.new("bootstrap.servers": bootstrap_servers).admin
        @brokers = @admin.metadata.brokers.size
      rescue Rdkafka::RdkafkaError
        @admin.close
        raise
      end

      # @return [String]
      def description = "Kafka at #{bootstrap_servers}, #{@brokers} broker#{"s" if @brokers > 1}"

      # @return [Hash] consumer options
      def consumer_options = {}

      # @param name [String]
      # @return [Integer]
      def create_topic(name, _sample)
        replicas = [@brokers, REPLICAS].min
        options = replicas > 2 ? { "min.insync.replicas": 2 } : {}
        @topic = name
        @admin.create_topic(name, PARTITIONS, replicas, options).wait(max_wait_timeout_ms: @deadline.remaining_ms)
        PARTITIONS
      end

      def close
        @admin.delete_topic(@topic).wait(max_wait_timeout_ms: DELETION_MS) if @topic
      rescue Rdkafka::RdkafkaError, Rdkafka::AbstractHandle::WaitTimeoutError => e
        warn "quickstart: topic #{@topic} could not be deleted: #{e.message}"
      ensure
        @admin.close
      end
    end
  end
end
