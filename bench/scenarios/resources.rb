# frozen_string_literal: true

Scenario.add "require, ms", place: 9, metric: :ms, goals: { ffi: 1 } do
  start = Process.clock_gettime(Process::CLOCK_MONOTONIC)
  require "rdkafka"
  readings.update(ms: (Process.clock_gettime(Process::CLOCK_MONOTONIC) - start) * 1_000)
end

Scenario.add "require, MB of its own", place: 9, metric: :private_mb, goals: { ffi: 1 } do
  before = private_mb
  require "rdkafka"
  readings.update(private_mb: private_mb - before)
end

Scenario.add "50 producers, MB of the process's own", place: 9, metric: :private_mb, goals: { ffi: 1 } do
  clients = Array.new(50) { config.producer }
  readings.update(private_mb: private_mb, clients: clients.size)
end

# Without polling threads, as in WaterDrop, where an event loop serves all producers.
Scenario.add "20 producers for an event loop, Ruby threads", place: 9, metric: :threads, goals: { ffi: 1 } do
  reader, writer = IO.pipe
  clients = Array.new(20) do
    config.producer(run_polling_thread: false).tap { |client| client.enable_queue_io_events(writer.fileno) }
  end
  readings.update(threads: Thread.list.size, clients: clients.size, pipe: reader.fileno)
end

Scenario.add "20 producers, Ruby threads", place: 9, metric: :threads, goals: { ffi: 1 } do
  clients = Array.new(20) { config.producer }
  readings.update(threads: Thread.list.size, clients: clients.size)
end
