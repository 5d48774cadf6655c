# frozen_string_literal: true

require "waterdrop"

# WaterDrop producers for examples, with their events at hand.
module WaterdropClients
  # @param options [Hash] Kafka options
  # @param settings [Hash] WaterDrop's own
  # @yieldparam config [WaterDrop::Config]
  # @return [WaterDrop::Producer] one on the embedded cluster unless told otherwise; it is closed after the example
  def waterdrop(mode: :fd, settings: {}, **options)
    made = WaterDrop::Producer.new do |config|
      config.kafka =
        { "bootstrap.servers": KafkaClients.bootstrap_servers, "statistics.interval.ms": 0, **options }
      config.logger = Logger.new(IO::NULL)
      config.polling.mode = mode
      config.max_wait_timeout = 30_000
      settings.each { |name, value| config.public_send("#{name}=", value) }
      yield config if block_given?
    end
    closing(made)
  end

  # @param producer [WaterDrop::Producer]
  # @param names [Array<String>] events
  # @return [Queue] of their payloads
  def events_of(producer, *names)
    Queue.new.tap do |queue|
      names.each { |name| producer.monitor.subscribe(name) { |event| queue << event.payload.merge(event: event.id) } }
    end
  end

  # @param queue [Queue]
  # @return [Object] the next element
  # @raise [KafkaClients::TooSlow]
  def next_of(queue)
    queue.pop(timeout: 30) || raise(KafkaClients::TooSlow, "nothing came within 30 seconds")
  end
end

RSpec.configure { |config| config.include WaterdropClients, file_path: %r{/spec/karafka/} }
