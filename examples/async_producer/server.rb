# frozen_string_literal: true

require "async"
require "rdkafka"
require "socket"

# Each line of a connection is an order. The answer is sent when the order is stored.
TOPIC = ENV.fetch("TOPIC", "orders")

# The producer's polling thread serves the delivery reports and wakes up the fibers.
producer = Rdkafka::Config.new(
  "bootstrap.servers": ENV.fetch("KAFKA", "localhost:9092"), "client.id": "orders-server", "linger.ms": 1
).producer

serve = lambda do |client|
  while (line = client.gets(chomp: true))
    report = producer.produce(topic: TOPIC, payload: line).wait # other fibers run meanwhile
    client.puts "#{report.partition}/#{report.offset}"
  end
rescue Rdkafka::RdkafkaError => e
  client.puts "failed: #{e.code}"
ensure
  client.close
end

trap(:TERM) { raise Interrupt }
server = TCPServer.new("127.0.0.1", ENV.fetch("PORT", 0))
$stdout.sync = true
puts "listening on port #{server.addr[1]}"

begin
  Sync do |task|
    loop do
      client = server.accept
      task.async { serve.call(client) }
    end
  end
rescue Interrupt
  puts "closing"
ensure
  producer.close
end
