# frozen_string_literal: true

# Statistics and their filter.

# The first emission that the condition holds for.
emission = lambda do |world, client = nil, &condition|
  emissions = Thread::Queue.new
  Rdkafka::Config.statistics_callback = ->(statistics) { emissions << statistics }
  made = world.instance_exec(&client)
  world.eventually do
    made.poll(20) if made.is_a?(Rdkafka::Consumer)
    found = emissions.pop(timeout: 0.02)
    found if found && (condition.nil? || condition.call(found))
  end
end

shape = lambda do |value, depth|
  case value
  when Hash then depth.zero? ? :hash : value.to_h { |key, item| [key, shape.call(item, depth - 1)] }
  else value.class
  end
end

scenario "statistics of a producer" do
  found = emission.call(self, -> { producer("statistics.interval.ms": 50) })
  [shape.call(found, 1), found["type"], found["name"], found["client_id"], found.keys.first, found.frozen?]
end

scenario "statistics of a consumer" do
  found = emission.call(self, -> { consumer("statistics.interval.ms": 50) })
  [shape.call(found, 1), shape.call(found["cgrp"], 1), found["type"]]
end

scenario "statistics of a topic" do
  topic = new_topic(partitions: 2)
  making = lambda do
    producer("statistics.interval.ms": 50).tap { |made| made.produce(topic: topic, payload: "p", partition: 0).wait }
  end
  found = emission.call(self, making) { |statistics| statistics.dig("topics", topic, "partitions", "1") }
  details = found["topics"][topic]
  [shape.call(details.except("partitions"), 2), details["partitions"].keys.sort,
   shape.call(details["partitions"]["0"], 1), shape.call(found["brokers"].values.first.except("toppars", "req"), 1)]
end

scenario "statistics count partitions" do
  topic = new_topic(partitions: 3)
  making = lambda do
    producer("statistics.interval.ms": 50).tap { |made| made.produce(topic: topic, payload: "p", partition: 0).wait }
  end
  emission.call(self, making) { |statistics| statistics.dig("topics", topic, "partitions", "2") }
  Rdkafka::Producer.partitions_count_cache.to_h.fetch(topic, []).last
end

scenario "statistics count no partitions without a callback" do
  topic = new_topic(partitions: 3)
  client = producer("statistics.interval.ms": 20)
  client.produce(topic: topic, payload: "p", partition: 0).wait
  sleep(0.2)
  Rdkafka::Producer.partitions_count_cache.to_h
end

scenario "the thread of statistics" do
  kinds = Thread::Queue.new
  thread = Thread.current
  Rdkafka::Config.statistics_callback = ->(_) { kinds << thread_kind(thread) }
  producer("statistics.interval.ms": 20)
  [kinds.pop, consumer("statistics.interval.ms": 20)].then do |of_producer, client|
    [of_producer, eventually { client.poll(20) || kinds.size.times.any? { kinds.pop == :own } }]
  end
end

scenario "statistics of a consumer with a queue for events" do
  emissions = []
  Rdkafka::Config.statistics_callback = ->(statistics) { emissions << statistics["type"] }
  client = consumer(poll_set: false, "statistics.interval.ms": 20)
  5.times { client.poll(20) }
  while_polling = emissions.size
  served = client.events_poll(-1)
  [while_polling, served.positive?, emissions.uniq]
end

scenario "no statistics without an interval" do
  emissions = []
  Rdkafka::Config.statistics_callback = ->(statistics) { emissions << statistics }
  client = consumer
  5.times { client.poll(20) }
  emissions
end

scenario "a statistics callback that raises out of poll" do
  Rdkafka::Config.statistics_callback = ->(_) { raise ArgumentError, "no" }
  client = consumer("statistics.interval.ms": 20)
  eventually { attempt { client.poll(50) } }
end

scenario "a statistics callback that raises out of events_poll" do
  Rdkafka::Config.statistics_callback = ->(_) { raise ArgumentError, "no" }
  client = consumer(poll_set: false, "statistics.interval.ms": 20)
  attempt { client.events_poll(-1) }
end

scenario "filtered statistics of a producer" do
  topic = new_topic(partitions: 2)
  making = lambda do
    producer("statistics.interval.ms": 50, "statistics.unassigned.include": false)
      .tap { |made| made.produce(topic: topic, payload: "p", partition: 0).wait }
  end
  found = emission.call(self, making) { |statistics| statistics["txmsgs"].positive? }
  [found["topics"], found["brokers"].values.map do |broker|
    broker["toppars"]
  end.uniq, found["txmsgs"], shape.call(found, 1)]
end

[true, false].each do |included|
  scenario "statistics of a consumer with one partition of three, others included: #{included}" do
    topic = new_topic(partitions: 3)
    making = lambda do
      consumer_of(topic, "statistics.interval.ms": 50, "statistics.unassigned.include": included,
        "topic.metadata.refresh.interval.ms": 50)
    end
    found = emission.call(self, making) do |statistics|
      statistics.dig("topics", topic, "partitions", "0", "fetch_state") == "active" &&
        statistics["brokers"].each_value.any? { |broker| broker["toppars"].size == (included ? 3 : 1) }
    end
    [
      found["topics"].keys, found["topics"][topic].keys, found["topics"][topic]["partitions"].keys.sort,
      found["brokers"].values.map { |broker| broker["toppars"].keys.sort }.uniq.sort
    ]
  end
end
