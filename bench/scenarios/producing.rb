# frozen_string_literal: true

HEADERS = { "header-0" => "abcdefghij", "header-1" => "abcdefghij", "header-2" => "abcdefghij" }.freeze

produce_and_wait = lambda do |run, client, **options|
  topic = run.topic
  run.measure do
    Array.new(run.messages) { client.produce(topic: topic, **options) }.each(&:wait)
    run.messages
  end
end

Scenario.add "produce, then wait for every handle", place: 1, goals: { ffi: 40, python: 1.3, raw: 0.5 },
  raw: %w[produce 100], python: %w[produce 100] do
  client = producer
  topic = self.topic
  measure do
    Array.new(messages) { client.produce(topic: topic, payload: Workbench::PAYLOAD) }.each(&:wait)
    messages
  end
end

Scenario.add "produce, then wait for all at once", place: 1, goals: { python: 1.3 }, python: %w[produce 100],
  ffi: false do
  client = producer
  topic = self.topic
  measure do
    handles = Array.new(messages) { client.produce(topic: topic, payload: Workbench::PAYLOAD) }
    Rdkafka::Producer.wait_all(handles, max_wait_timeout_ms: nil)
    messages
  end
end

Scenario.add "produce with 3 headers, wait", place: 1, goals: { ffi: 20 } do
  produce_and_wait.call(self, producer, payload: Workbench::PAYLOAD, headers: HEADERS)
end

Scenario.add "produce with a delivery callback", place: 1, goals: { ffi: 20, python: 1.3 },
  python: %w[callback 100] do
  client = producer
  topic = self.topic
  delivered = 0
  done = Queue.new
  client.delivery_callback = lambda do |report|
    delivered += 1 if report.error.zero? && report.offset >= 0
    done << delivered if delivered == messages
  end
  measure do
    messages.times { client.produce(topic: topic, payload: Workbench::PAYLOAD) }
    done.pop
  end
end

{ "1 KB" => 1_000, "10 KB" => 10_000 }.each do |label, size|
  Scenario.add "produce #{label}, wait", place: 1, goals: { ffi: 10 }, raw: ["produce", size.to_s],
    share: 100.0 / size do
    produce_and_wait.call(self, producer, payload: "x" * size)
  end
end

Scenario.add "produce with zstd, wait", place: 1, goals: { ffi: 10 } do
  produce_and_wait.call(self, producer("compression.type": "zstd"), payload: Workbench::PAYLOAD)
end

Scenario.add "produce in 4 threads, wait", place: 1, goals: { ffi: 10 } do
  client = producer
  topic = self.topic
  measure do
    share = messages / 4
    threads = Array.new(4) do
      Thread.new { Array.new(share) { client.produce(topic: topic, payload: Workbench::PAYLOAD) }.each(&:wait) }
    end
    threads.each(&:join)
    share * 4
  end
end

Scenario.add "produce and wait one by one, median", place: 2, metric: :median_us,
  goals: { ffi: 0.8, python: 0.77, raw: 1.3 }, raw: %w[latency 100], python: %w[latency 100], share: 0.02 do
  client = producer("linger.ms": 0)
  measure_latency(messages) { client.produce(topic: topic, payload: Workbench::PAYLOAD, partition: 0).wait }
end

Scenario.add "produce and wait one by one, 99th percentile", place: 2, metric: :p99_us,
  goals: { ffi: 0.8, python: 0.77, raw: 1.3 }, raw: %w[latency 100], python: %w[latency 100], share: 0.02 do
  client = producer("linger.ms": 0)
  measure_latency(messages) { client.produce(topic: topic, payload: Workbench::PAYLOAD, partition: 0).wait }
end
