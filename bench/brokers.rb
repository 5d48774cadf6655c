# frozen_string_literal: true

require "logger"
require "securerandom"
require "rdkafka"

Rdkafka::Config.logger = Logger.new(File::NULL)

# Where a scenario runs: an embedded cluster of its own, or a topic of its own on a real one.
module Brokers
  HEADER = "abcdefghij"

  class << self
    # @param bootstrap [String, nil] a real cluster
    # @param scenario [Scenario]
    # @param messages [Integer] to fill the topic with, if the scenario wants that
    # @yieldparam servers [String]
    # @yieldparam topic [String]
    def with_topic(bootstrap, scenario, messages, &)
      topic = "bench-#{SecureRandom.hex(4)}"
      return on_real_cluster(bootstrap, scenario, topic, messages, &) if bootstrap

      KarafkaNative::MockCluster.new(brokers: 3) do |cluster|
        cluster.create_topic(topic, partitions: scenario.partitions)
        if scenario.filled
          fill(cluster.bootstrap_servers, scenario, topic, messages)
          check_room(cluster.bootstrap_servers, topic, messages)
        end
        yield cluster.bootstrap_servers, topic
      end
    end

    private

    def on_real_cluster(bootstrap, scenario, topic, messages)
      admin = Rdkafka::Config.new("bootstrap.servers": bootstrap).admin
      admin.create_topic(topic, scenario.partitions, 1).wait
      bootstrap.split(",").each { |server| await(server, topic, scenario.partitions) }
      fill(bootstrap, scenario, topic, messages) if scenario.filled
      yield bootstrap, topic
    ensure
      admin&.delete_topic(topic)&.wait
      admin&.close
    end

    # Brokers learn of a topic some time after its creation.
    def await(server, topic, partitions)
      deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + 60
      until known_partitions(server, topic) == partitions
        raise "#{server} does not know #{topic}" if Process.clock_gettime(Process::CLOCK_MONOTONIC) > deadline

        sleep 0.05
      end
    end

    # Asks with a new client, which knows no other brokers.
    def known_partitions(server, topic)
      client = Rdkafka::Config.new("bootstrap.servers": server).admin
      client.metadata(topic).topics.first[:partitions].count { |partition| partition[:leader] >= 0 }
    rescue Rdkafka::RdkafkaError
      0
    ensure
      client&.close
    end

    # The embedded cluster drops the oldest messages when a partition is full, and drivers would wait for them.
    def check_room(servers, topic, messages)
      client = Rdkafka::Config.new("bootstrap.servers": servers, "group.id": "bench").consumer
      oldest, = client.query_watermark_offsets(topic, 0)
      raise "the embedded cluster has no room for #{messages} messages" if oldest.positive?
    ensure
      client&.close
    end

    # Every partition gets the same number of messages, because the embedded cluster keeps only some megabytes of each.
    def fill(servers, scenario, topic, messages)
      producer = Rdkafka::Config.new("bootstrap.servers": servers, "queue.buffering.max.messages": 10_000_000).producer
      headers = Array.new(scenario.headers) { |index| ["header-#{index}", HEADER] }.to_h
      messages.times do |index|
        producer.produce(topic: topic, payload: "x" * 100, partition: index % scenario.partitions, headers: headers)
      end
      producer.close
    end
  end
end
