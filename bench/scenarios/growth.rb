# frozen_string_literal: true

# How cost grows with partitions, topics and messages in flight.
[1, 10, 100].each do |count|
  Scenario.add "produce and wait, #{count} partition#{"s" if count > 1}", place: 8, partitions: count, share: 0.3 do
    client = producer
    measure do
      Array.new(messages) { client.produce(topic: topic, payload: Workbench::PAYLOAD) }.each(&:wait)
      messages
    end
  end

  Scenario.add "poll, #{count} partition#{"s" if count > 1}", place: 8, partitions: count, filled: true, share: 0.3 do
    client = consumer
    nil until client.poll(1_000)
    measure(messages - 1) { client.poll(1_000) ? 1 : 0 }
  end

  Scenario.add "produce and wait, #{count} topic#{"s" if count > 1}", place: 8, partitions: 1, share: 0.3 do
    client = producer
    topics = Array.new(count) { |number| "#{topic}-#{number}" }
    topics.each { |name| client.produce(topic: name, payload: "first").wait }
    measure do
      Array.new(messages) { |number| client.produce(topic: topics[number % count], payload: Workbench::PAYLOAD) }
        .each(&:wait)
      messages
    end
  end
end

# The FFI driver takes a minute for a million.
{ "10,000" => 10_000, "100,000" => 100_000, "1,000,000" => 1_000_000 }.each do |label, count|
  Scenario.add "produce, then wait, #{label} handles", place: 8, fixed: count, ffi: count < 1_000_000 do
    client = producer("queue.buffering.max.messages": count + 1, "queue.buffering.max.kbytes": 2_000_000)
    measure do
      Array.new(messages) { client.produce(topic: topic, payload: Workbench::PAYLOAD) }.each(&:wait)
      messages
    end
  end
end

# As many as in an hour with a thousand messages a second.
MANY = 3_600_000

# Resident memory after the second half of the work, relative to the first: 1 means flat.
growth = lambda do |run, &half|
  sizes = Array.new(2) do
    half.call
    GC.start
    run.rss_mb
  end
  run.readings.update(growth: sizes.last / sizes.first)
end

Scenario.add "memory after 3,600,000 messages produced, to that after half of them", place: 8, metric: :growth,
  fixed: MANY, ffi: false do
  client = producer
  growth.call(self) do
    (messages / 2 / 10_000).times do
      Array.new(10_000) { client.produce(topic: topic, payload: Workbench::PAYLOAD) }.each(&:wait)
    end
  end
end

Scenario.add "memory after 3,600,000 messages consumed, to that after half of them", place: 8, metric: :growth,
  filled: true, fixed: MANY / 36, ffi: false do
  client = consumer
  growth.call(self) do
    18.times do
      partitions.times { |partition| client.seek_by(topic, partition, 0) }
      consumed = 0
      consumed += client.poll_batch(100, max_items: 500).size while consumed < messages
    end
  end
end
