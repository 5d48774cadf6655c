# frozen_string_literal: true

require_relative "recording"

TOPIC = ENV.fetch("TOPIC", "orders")
SERVERS = ENV.fetch("KAFKA", "localhost:9092")

# @param message [Rdkafka::Consumer::Message, Racecar::Message]
# @return [void]
def note(message)
  headers = message.headers.map { |name, value| [name, value, name.encoding, Array(value).first.encoding] }
  Recording.received << [message.offset, headers, OpenTelemetry::Trace.current_span.context.hex_span_id]
end

# Produces another message at the first one, and stops Racecar and raises at the fourth.
class TracedConsumer < Racecar::Consumer
  subscribes_to TOPIC
  self.group_id = "#{TOPIC}-racecar"

  def process(message)
    note(message)
    produce("again", topic: TOPIC, headers: message.headers.dup) if message.offset.zero?
    deliver!
    return if message.offset < 3

    Process.kill(:TERM, Process.pid)
    raise "no order: #{message.value}"
  end
end

def produce_all
  producer = Rdkafka::Config.new("bootstrap.servers" => SERVERS).producer
  send = ->(**message) { producer.produce(topic: TOPIC, partition: 0, **message) }
  handles = [send.call(payload: "alone")]
  handles << send.call(payload: "with headers", key: "a key", headers: { "from" => "trace.rb" })
  Recording.tracer.in_span("parent") do
    handles << send.call(payload: "in a span", key: "\xFF\x00".b, headers: { from: "symbol", "many" => %w[one two] })
  end
  handles << send.call(payload: "last", key: "Schlüssel")
  handles.each { |handle| handle.wait(max_wait_timeout_ms: 60_000) }
  failing(producer)
ensure
  producer.close
end

# A message that cannot be queued.
def failing(producer)
  producer.produce(topic: TOPIC, payload: "x" * 2_000_000)
rescue Rdkafka::RdkafkaError => e
  warn e.message
end

def consume_all
  config = { "bootstrap.servers" => SERVERS, "group.id" => "#{TOPIC}-each", "auto.offset.reset" => "earliest" }
  consumer = Rdkafka::Config.new(config).consumer
  consumer.subscribe(TOPIC)
  consumer.each do |message|
    note(message)
    raise "no order: #{message.payload}" if message.offset == 3
  end
rescue RuntimeError => e
  warn e.message
ensure
  consumer.close
end

def run_racecar
  Racecar.configure do |config|
    config.brokers = SERVERS.split(",")
    config.max_wait_time = 0.1
    config.logger = Logger.new($stderr)
  end
  # Racecar's command line does the same.
  Racecar.config.load_consumer_class(TracedConsumer)
  Racecar.run(TracedConsumer.new)
end

Recording.start
produce_all
consume_all
run_racecar
puts JSON.pretty_generate(driver: Gem.loaded_specs["karafka-native"]&.name || "rdkafka", **Recording.result)
