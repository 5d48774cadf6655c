# frozen_string_literal: true

# The time that the polling thread spends on one document of statistics. librdkafka writes it on a thread of its own.
statistics = lambda do |run, **options|
  documents = 0
  run.config # loads the driver
  Rdkafka::Config.statistics_callback = ->(_statistics) { documents += 1 }
  client = run.config(**Workbench::CONSUMER, "statistics.interval.ms": 100, **options).consumer
  client.assign(run.list(10))
  client.metadata(run.topic)
  client.poll(100) until documents.positive?
  wanted = documents + 10
  spent = Process.clock_gettime(Process::CLOCK_THREAD_CPUTIME_ID)
  client.poll(100) until documents >= wanted
  spent = Process.clock_gettime(Process::CLOCK_THREAD_CPUTIME_ID) - spent
  run.readings.update(ms_per_document: spent * 100)
end

Scenario.add "statistics of 2,000 partitions, ms each", place: 5, metric: :ms_per_document, partitions: 2_000,
  goals: { ffi: 0.2 } do
  statistics.call(self)
end

Scenario.add "the same without unassigned partitions", place: 5, metric: :ms_per_document, partitions: 2_000,
  goals: { ffi: 0.05 } do
  statistics.call(self, "statistics.unassigned.include": false)
end
