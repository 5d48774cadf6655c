# frozen_string_literal: true

require "rdkafka"

# Sends each line of standard input as an order. At the end of the input, Ctrl-C or SIGTERM, it first sends the lines
# that it has read.
TOPIC = ENV.fetch("TOPIC", "orders")

producer = Rdkafka::Config.new(
  "bootstrap.servers": ENV.fetch("KAFKA", "localhost:9092"),
  "client.id": "orders-producer",
  "enable.idempotence": true # a repeat after a lost answer is not stored twice
).producer

sent = failed = 0
producer.delivery_callback = lambda do |report|
  report.error.zero? ? sent += 1 : failed += 1
end

trap(:TERM) { raise Interrupt }

begin
  $stdin.each_line(chomp: true) do |line|
    producer.produce(topic: TOPIC, payload: line, key: line[/\A\w+/])
  rescue Rdkafka::RdkafkaError => e
    raise unless e.code == :queue_full

    producer.flush(1_000) # wait for room
    retry
  end
rescue Interrupt
  warn "interrupted"
ensure
  producer.close
  puts "#{sent} sent, #{failed} failed"
end
