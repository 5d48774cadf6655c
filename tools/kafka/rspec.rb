# frozen_string_literal: true

require "rdkafka"
require "securerandom"
require_relative "cluster"

class KafkaCluster
  # Gives the specs in spec/kafka, spec/karafka and spec/conformance their cluster: the one that is running, else one of
  # three brokers that ends with the run.
  module ForSpecs
    # More than enough to have some in each partition of the topic in which groups are kept.
    GROUPS = 12

    class << self
      attr_accessor :mine

      # @return [KafkaCluster] the one of the run
      def cluster
        @cluster ||= start.tap { |cluster| await_coordinators(cluster.bootstrap) }
      end

      # Waits until groups have coordinators that know what they are: brokers make the topic for it on first use, and
      # find new leaders after one of them has gone.
      #
      # @param bootstrap [String]
      # @return [void]
      def await_coordinators(bootstrap)
        admin = Rdkafka::Config.new("bootstrap.servers": bootstrap).admin
        admin.create_topic(topic = "settling-#{SecureRandom.hex(6)}", 1, 1).wait
        deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + 150
        until coordinated?(admin, topic)
          raise "groups have no coordinators" if Process.clock_gettime(Process::CLOCK_MONOTONIC) > deadline

          sleep(0.1)
        end
        admin.delete_topic(topic).wait
      ensure
        admin&.close
      end

      # @param admin [Rdkafka::Admin]
      # @param topic [String]
      # @return [Boolean] whether the coordinators of groups are there, and know the topic: that they do some time after
      #   the brokers
      def coordinated?(admin, topic)
        offsets = Rdkafka::Consumer::TopicPartitionList.new
        offsets.add_topic_and_partitions_with_offsets(topic, 0 => 1)
        groups = Array.new(GROUPS) { |number| "#{topic}-#{number}" }
        groups.map { |group| admin.alter_consumer_group_offsets(group, offsets) }.each(&:wait)
        true
      rescue Rdkafka::AbstractHandle::WaitTimeoutError
        false
      rescue Rdkafka::RdkafkaError => e
        raise unless [*KafkaClients::COORDINATOR_MOVES, :unknown_topic_or_part].include?(e.code)

        false
      end

      private

      def start
        return KafkaCluster.start if KafkaCluster.running

        self.mine = KafkaCluster.start(brokers: 3, sasl: true, ssl: true, acl: true)
      end
    end

    def kafka = ForSpecs.cluster

    # Brings a killed broker back. Then users get their SCRAM passwords again: once a credential of a mechanism was
    # deleted, Kafka 4.4.0 loads none of that mechanism when it starts.
    #
    # @param id [Integer]
    # @return [void]
    def revive(id)
      kafka.revive(id)
      return unless kafka.options[:sasl]

      admin = Rdkafka::Config.new("bootstrap.servers": kafka.bootstrap).admin
      # Kafka refuses to change two credentials of a user at once.
      Settings::SCRAM.each do |mechanism|
        credentials = Settings::USERS.map { |user, password| { user: user, mechanism: mechanism, password: password } }
        problem = admin.alter_user_scram_credentials(upsert: credentials).wait.users.filter_map { |user| user[:error] }
        raise problem.first if problem.any?
      end
    ensure
      admin&.close
    end

    # Creates a topic, on three brokers where there are so many, and waits until all know it.
    #
    # @param admin [Rdkafka::Admin]
    # @param name [String]
    # @param partitions [Integer]
    # @return [void]
    def create_topic(admin, name, partitions: 1)
      admin.create_topic(name, partitions, [kafka.brokers.size, 3].min).wait
      kafka.await_topic(name, partitions)
    end
  end
end

RSpec.configure do |config|
  config.include KafkaCluster::ForSpecs, file_path: %r{/spec/(conformance|kafka|karafka)/}
  config.after(:suite) { KafkaCluster::ForSpecs.mine&.stop }
end
