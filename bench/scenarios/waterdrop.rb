# frozen_string_literal: true

waterdrop = lambda do |run, **options|
  require "waterdrop"
  client = WaterDrop::Producer.new do |config|
    config.logger = Logger.new(File::NULL)
    config.kafka = { "bootstrap.servers": run.servers, **Workbench::PRODUCER, **options }
  end
  client.produce_sync(topic: run.topic, payload: "first")
  client
end

batch = lambda do |run|
  Array.new(run.messages) { { topic: run.topic, payload: Workbench::PAYLOAD } }
end

Scenario.add "WaterDrop produce_many_async, wait", place: 7, share: 0.5 do
  client = waterdrop.call(self)
  sent = batch.call(self)
  measure do
    client.produce_many_async(sent).each(&:wait)
    messages
  end
end

Scenario.add "WaterDrop produce_many_async, wait, % of the CPU time in the driver", place: 7, metric: :own_percent,
  share: 0.5, goals: { native: 6 }, ffi: false do
  client = waterdrop.call(self)
  sent = batch.call(self)
  measure_own_share(2) { client.produce_many_async(sent).each(&:wait).size }
end

Scenario.add "WaterDrop buffer_many, flush_sync", place: 7, share: 0.5 do
  client = waterdrop.call(self)
  sent = batch.call(self)
  measure do
    client.buffer_many(sent)
    client.flush_sync
    messages
  end
end

Scenario.add "WaterDrop produce_sync, median µs", place: 7, metric: :median_us, share: 0.02, goals: { ffi: 0.9 } do
  client = waterdrop.call(self, "linger.ms": 0)
  measure_latency(messages) { client.produce_sync(topic: topic, payload: Workbench::PAYLOAD) }
end
