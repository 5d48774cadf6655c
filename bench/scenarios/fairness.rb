# frozen_string_literal: true

# How much of the GVL busy clients leave to other threads of the process.

# Runs the block repeatedly on a thread of its own, and records each duration.
turns = lambda do |run, seconds, &turn|
  clock = -> { Process.clock_gettime(Process::CLOCK_MONOTONIC) }
  Thread.new do
    ending = clock.call + seconds
    took = []
    while (start = clock.call) < ending
      turn.call
      took << ((clock.call - start) * 1_000)
    end
    took.sort!
    run.readings.update(turns: took.size, median_ms: took[took.size / 2], p99_ms: took[took.size * 99 / 100])
  end.join
end

# Uses that much CPU.
compute = lambda do |seconds|
  start = Process.clock_gettime(Process::CLOCK_THREAD_CPUTIME_ID)
  nil while Process.clock_gettime(Process::CLOCK_THREAD_CPUTIME_ID) - start < seconds
end

# Forty consumers configured like Karafka's, with separate queues for events and messages. Handling their statistics
# takes more time than there is.
beside_statistics = lambda do |run|
  callbacks = 0
  run.config # loads the driver
  Rdkafka::Config.statistics_callback = lambda do |_statistics|
    callbacks += 1
    compute.call(0.004)
  end
  Array.new(40) do
    config = run.config(**Workbench::CONSUMER, "statistics.interval.ms": 100)
    config.consumer_poll_set = false
    client = config.consumer
    client.assign(run.list(1))
    Thread.new do
      loop do
        client.events_poll(0)
        client.poll(100)
      end
    end
  end
  sleep 2 # until all of them are busy
  run.measure do
    callbacks = 0
    turns.call(run, 10) { sleep 0.005 }
    callbacks
  end
end

Scenario.add "sleeping 5 ms beside 40 consumers with statistics, median ms", place: 8, metric: :median_ms,
  goals: { ffi: 1.5 } do
  beside_statistics.call(self)
end

Scenario.add "the same, 99th percentile", place: 8, metric: :p99_ms, goals: { ffi: 1.5 } do
  beside_statistics.call(self)
end

Scenario.add "the same, statistics handled", place: 8, goals: { ffi: 1 } do
  beside_statistics.call(self)
end

# Ten threads poll full topics without pause, next to one that sleeps for 5 ms and works for 1 ms.
beside_polls = lambda do |run|
  polled = 0
  again = run.messages / 2
  Array.new(10) do
    client = run.consumer
    Thread.new do
      loop do
        again.times { polled += 1 if client.poll(100) }
        client.assign(run.list)
      end
    end
  end
  sleep 2 # until all of them are busy
  run.measure do
    polled = 0
    turns.call(run, 5) do
      sleep 0.005
      compute.call(0.001)
    end
    polled
  end
end

Scenario.add "a request of 6 ms beside 10 threads that poll, median ms", place: 8, filled: true, metric: :median_ms,
  goals: { ffi: 1.5 } do
  beside_polls.call(self)
end

Scenario.add "the same requests, 99th percentile", place: 8, filled: true, metric: :p99_ms, goals: { ffi: 1.5 } do
  beside_polls.call(self)
end

Scenario.add "the same requests, messages polled", place: 8, filled: true, goals: { ffi: 1 } do
  beside_polls.call(self)
end

# Twenty subscription groups whose statistics are handled. The process gets SIGTERM once all of them have joined.
Scenario.add "SIGTERM to a Karafka server with 20 groups, ms until it has ended", place: 8, metric: :ended_ms,
  goals: { ffi: 1.5 } do
  require "karafka"
  joined, tell = IO.pipe
  server = fork do
    consumer = Class.new(Karafka::BaseConsumer) { define_method(:consume) { nil } }
    application = Class.new(Karafka::App)
    application.setup do |config|
      config.logger = Logger.new(File::NULL)
      config.kafka = { "bootstrap.servers": servers, "statistics.interval.ms": 100 }
    end
    steady = {}
    Karafka.monitor.subscribe("statistics.emitted") do |event|
      compute.call(0.004)
      steady[event[:consumer_group_id]] = true if event[:statistics].dig("cgrp", "join_state") == "steady"
      tell.close if steady.size == 20 && !tell.closed?
    end
    topic = self.topic
    application.routes.draw do
      Array.new(20) { |number| consumer_group("group-#{number}") { topic(topic) { consumer(consumer) } } }
    end
    Karafka::Server.run
  end
  tell.close
  joined.read
  start = Process.clock_gettime(Process::CLOCK_MONOTONIC)
  Process.kill(:TERM, server)
  Process.wait(server)
  readings.update(ended_ms: (Process.clock_gettime(Process::CLOCK_MONOTONIC) - start) * 1_000)
end
