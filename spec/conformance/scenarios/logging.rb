# frozen_string_literal: true

# Log lines of librdkafka.

scenario "the log queue" do
  queue = Rdkafka::Config.log_queue
  [queue.class, queue.equal?(Rdkafka::Config.log_queue)]
end

scenario "what is put into the log queue reaches the logger" do
  journal = Rdkafka::Config.logger = Conformance::World::Journal.new
  Rdkafka::Config.ensure_log_thread
  Rdkafka::Config.log_queue << [Logger::WARN, "by hand"]
  journal.lines.pop
end

scenario "the logger is asked for at each line" do
  Rdkafka::Config.ensure_log_thread
  Array.new(2) do |number|
    journal = Rdkafka::Config.logger = Conformance::World::Journal.new
    Rdkafka::Config.log_queue << [number, "line #{number}"]
    journal.lines.pop
  end
end

scenario "a logger that raises does not end logging" do
  heard = Thread::Queue.new
  bad = Object.new
  bad.define_singleton_method(:add) { |*arguments| (heard << arguments) && raise(ArgumentError, "no") }
  def bad.error(*) = nil
  before = $stderr
  $stderr = StringIO.new
  Rdkafka::Config.logger = bad
  Rdkafka::Config.ensure_log_thread
  Rdkafka::Config.log_queue << [Logger::WARN, "lost"]
  heard.pop(timeout: 5)
  journal = Rdkafka::Config.logger = Conformance::World::Journal.new
  Rdkafka::Config.ensure_log_thread
  Rdkafka::Config.log_queue << [Logger::WARN, "kept"]
  journal.lines.pop(timeout: 5)
ensure
  $stderr = before
end

scenario "a broker that cannot be reached" do
  journal = Rdkafka::Config.logger = Conformance::World::Journal.new
  unreachable_producer
  severity, line = eventually { journal.lines.pop.then { |found| found if found[1].include?("Connect to") } }
  [severity, line[/\A.*Connect to/], line.encoding.name]
end

scenario "debugging" do
  journal = Rdkafka::Config.logger = Conformance::World::Journal.new
  client = producer(debug: "all")
  eventually { journal.lines.size > 20 }
  client.close
  lines = Array.new(journal.lines.size) { journal.lines.pop }
  [lines.map(&:first).uniq, lines.all? { |_, line| line.start_with?("rdkafka: ") }]
end

scenario "levels of lines" do
  journal = Rdkafka::Config.logger = Conformance::World::Journal.new
  producer("log_level": 7, "debug": "generic", "max.in.flight": 5) # rubocop:disable Lint/SymbolConversion
  eventually { journal.lines.size.positive? }
  Array.new(journal.lines.size) { journal.lines.pop.first }.uniq
end

scenario "warnings about options" do
  journal = Rdkafka::Config.logger = Conformance::World::Journal.new
  client = consumer("linger.ms": 5, "max.poll.records": 7)
  client.poll(50)
  eventually { journal.lines.size.positive? } # there is one
  Array.new(journal.lines.size) { journal.lines.pop }.map do |severity, line|
    [severity, line.sub(/\d{4,}\.\d+/, "TIME").sub(/rdkafka: %\d\|TIME\|/, "")]
  end
end

scenario "lines of a consumer with a queue for events" do
  journal = Rdkafka::Config.logger = Conformance::World::Journal.new
  client = consumer(poll_set: false, "linger.ms": 5)
  sleep(0.05)
  before = journal.lines.size
  client.poll(20)
  client.events_poll(20)
  [before.zero?, eventually { journal.lines.size.positive? }]
end

scenario "a log thread of a forked process" do
  forked do
    journal = Rdkafka::Config.logger = Conformance::World::Journal.new
    Rdkafka::Config.ensure_log_thread
    Rdkafka::Config.log_queue << [1, "in the child"]
    journal.lines.pop(timeout: 5)
  end
end

scenario "logging to standard output by default" do
  process(<<~RUBY)
    Rdkafka::Config.ensure_log_thread
    p Rdkafka::Config.logger.class
  RUBY
end
