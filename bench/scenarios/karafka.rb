# frozen_string_literal: true

# A Karafka server in the benchmark's process. Returns the number of consumed messages and the seconds. The last batch
# does not count, because it waits for messages that never come.
consuming = lambda do |run, work_seconds:, concurrency:|
  require "karafka"
  wanted = run.messages - 500
  remaining = wanted
  started = nil
  done = Queue.new
  lock = Mutex.new
  consumer = Class.new(Karafka::BaseConsumer) do
    define_method(:consume) do
      started ||= Process.clock_gettime(Process::CLOCK_MONOTONIC)
      messages.each do
        next unless work_seconds

        start = Process.clock_gettime(Process::CLOCK_THREAD_CPUTIME_ID)
        nil while Process.clock_gettime(Process::CLOCK_THREAD_CPUTIME_ID) - start < work_seconds
      end
      rest = lock.synchronize { remaining -= messages.size }
      done << Process.clock_gettime(Process::CLOCK_MONOTONIC) if rest <= 0
    end
  end
  application = Class.new(Karafka::App)
  application.setup do |config|
    config.logger = Logger.new(File::NULL)
    config.kafka = { "bootstrap.servers": run.servers, **Workbench::CONSUMER.except(:"group.id", :"enable.auto.commit") }
    config.concurrency = concurrency
    config.max_messages = 500
  end
  topic = run.topic
  application.routes.draw { topic(topic) { consumer(consumer) } }
  Karafka::Embedded.start
  finished = done.pop
  [wanted - remaining, finished - started]
end

Scenario.add "Karafka server, pass-through", place: 7, filled: true do
  count, seconds = consuming.call(self, work_seconds: nil, concurrency: 4)
  readings.update(per_second: count / seconds)
end

Scenario.add "Karafka server, 4 workers with 100 µs of work a message, share of the ideal", place: 7, filled: true,
  metric: :share, share: 0.2, goals: { ffi: 1.2 } do
  count, seconds = consuming.call(self, work_seconds: 0.000_1, concurrency: 4)
  readings.update(share: count * 0.000_1 / seconds)
end

Scenario.add "Karafka server, pass-through, % of the CPU time in the driver", place: 7, metric: :own_percent,
  filled: true, goals: { native: 4 }, ffi: false do
  require "karafka" # which takes longer than all that is measured
  measure_own_share(2) { consuming.call(self, work_seconds: nil, concurrency: 4).first }
end
