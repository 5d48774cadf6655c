# frozen_string_literal: true

require_relative "retrying_consumer"

consumer = RetryingConsumer.new(
  {
    "bootstrap.servers": ENV.fetch("KAFKA", "localhost:9092"),
    "group.id": ENV.fetch("GROUP", "retries"),
    "auto.offset.reset": "earliest"
  },
  topic: ENV.fetch("TOPIC", "orders"),
  delay: ENV.fetch("DELAY", 60).to_f
)
%i[INT TERM].each { |signal| trap(signal) { consumer.stop } }
$stdout.sync = true

consumer.run do |message|
  puts "trying #{message.payload}"
  puts "worth #{Integer(message.payload)}"
end
puts "closed"
