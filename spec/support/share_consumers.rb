# frozen_string_literal: true

# Members of share groups.
module ShareConsumers
  # A topic that only broker 1 leads, while clients begin with broker 2. They close the connection that they begin with
  # after a while, and an embedded broker that loses a connection ends the share sessions of all clients.
  #
  # @param partitions [Integer]
  # @param cluster [KarafkaNative::MockCluster] one of two brokers
  # @return [String] its name
  def share_topic(partitions: 1, cluster: KafkaClients.cluster)
    new_topic(partitions: partitions, cluster: cluster).tap do |name|
      partitions.times { |partition| cluster.set_leader(name, partition, 1) }
    end
  end

  # @param group [String] one of its own unless given
  # @param mode [String, Symbol] `implicit` or `explicit`
  # @param topic [String, nil] to subscribe to
  # @param options [Hash] Kafka options; brokers hold fetches back for a short time unless given
  # @return [Rdkafka::ShareConsumer] closed after the example
  def share_consumer(group: unique_name("group"), mode: "implicit", topic: nil, **options)
    KafkaClients.cluster.start_share_groups_at(:earliest) unless options[:"bootstrap.servers"]
    made = closing(
      config(
        "group.id": group, "share.acknowledgement.mode": mode, "fetch.wait.max.ms": 50, **options
      ).share_consumer
    )
    made.subscribe(topic) if topic
    made
  end

  # @return [Array<Rdkafka::ShareConsumer::Message>] what the first poll that is not empty returns
  # @raise [KafkaClients::TooSlow]
  def first_records(consumer, seconds: 20)
    eventually(seconds) { consumer.poll(100).then { |records| records unless records.empty? } }
  end

  # @return [Array<Integer>]
  def offsets(records)
    records.map(&:offset)
  end

  # @return [Array<Array(Integer, Integer)>] offset and delivery count of each record
  def deliveries(records)
    records.map { |record| [record.offset, record.delivery_count] }
  end
end

RSpec.configure { |config| config.include ShareConsumers }
