# frozen_string_literal: true

require "rdkafka"

# Consumes orders until Ctrl-C or SIGTERM. Offsets are stored after the work: a crash repeats some orders and loses
# none.
TOPIC = ENV.fetch("TOPIC", "orders")

# Prints which partitions are assigned and revoked.
class Listener
  def on_partitions_assigned(list)
    warn "mine: #{list.to_h.transform_values { |partitions| partitions.map(&:partition) }}"
  end

  def on_partitions_revoked(list)
    warn "no longer mine: #{list.to_h.transform_values { |partitions| partitions.map(&:partition) }}"
  end
end

config = Rdkafka::Config.new(
  "bootstrap.servers": ENV.fetch("KAFKA", "localhost:9092"),
  "client.id": "orders-consumer",
  "group.id": ENV.fetch("GROUP", "orders"),
  "auto.offset.reset": "earliest",
  "enable.auto.offset.store": false
)
config.consumer_rebalance_listener = Listener.new

stopping = false
%i[INT TERM].each { |signal| trap(signal) { stopping = true } }

consumer = config.consumer
consumer.subscribe(TOPIC)
$stdout.sync = true

until stopping
  begin
    message = consumer.poll(250) or next
    puts "#{message.partition}/#{message.offset}: #{message.payload}" # the work
    consumer.store_offset(message)
  rescue Rdkafka::RdkafkaError => e
    raise if e.fatal?

    warn e.message # such as a topic that does not exist yet; librdkafka goes on
  end
end

consumer.close # commits what is stored, and leaves the group at once
puts "closed"
