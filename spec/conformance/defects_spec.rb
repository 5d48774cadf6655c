# frozen_string_literal: true

require "open3"
require "rbconfig"
require_relative "support/driver"

# What the reference does wrong by the contract (section 6), as far as a script can show it within seconds: here it must
# not happen, and there it must, or the script would prove nothing.
RSpec.describe "Defects of karafka-rdkafka" do
  # @return [Array<String, Symbol>] what the script has printed, and how it has ended unless that was exit status 0
  def outcome(driver, script, seconds)
    environment = { "KN_BOOTSTRAP" => KafkaClients.cluster.bootstrap_servers, **driver.environment }
    topic = new_topic(partitions: 3)
    Open3.popen3(environment, RbConfig.ruby) do |input, out, err, waiter|
      readers = [out, err].map { |stream| Thread.new { stream.read } }
      input.write(ChildProcess::PRELUDE, "TOPIC = #{topic.inspect}\n", script)
      input.close
      hung = waiter.join(seconds).nil?
      Process.kill(:KILL, waiter.pid) if hung
      lines = readers.map(&:value).first.lines(chomp: true)
      ending = ChildProcess::Outcome.new(status: waiter.value, hung: hung).ending
      ending.eql?(0) ? lines : [*lines, ending]
    end
  end

  # The script is run with both drivers, and killed after that many seconds.
  define_singleton_method(:defect) do |number, title, script, here:, reference:, seconds: 15, patience: seconds|
    it "is not ours: #{title}", defect: number do
      expect(outcome(Conformance::Driver.here, script, seconds)).to match(here)
    end

    it "is the reference's: #{title}", skip: Conformance::Driver.obstacle do
      expect(outcome(Conformance::Driver.reference, script, patience)).to match(reference)
    end
  end

  defect 1, "closing an admin client with an operation in flight freezes the process",
    <<~RUBY, here: ["closed"], reference: [:hung], patience: 6
      client = admin("bootstrap.servers": UNREACHABLE)
      client.create_topic("t", 1, 1)
      client.close
      puts "closed"
    RUBY

  defect 1, "a process with an unanswered operation does not end",
    <<~RUBY, here: ["end"], reference: ["end", :hung], patience: 6
      admin("bootstrap.servers": UNREACHABLE).create_topic("t", 1, 1)
      puts "end"
    RUBY

  defect 1, "a handle outlives its consumer, and is pending for ever",
    <<~RUBY, here: %w[false 0], reference: %w[true 1]
      client = consumer("bootstrap.servers": UNREACHABLE)
      handle = client.list_offsets({ "t" => [{ partition: 0, offset: :latest }] })
      client.close
      sleep(0.5)
      puts handle.pending?, Rdkafka::AbstractHandle::REGISTRY.size
      exit!(0)
    RUBY

  defect 3, "serving the events of a consumer with one queue aborts the process",
    <<~RUBY, here: ["RuntimeError"], reference: [:SIGABRT]
      fill(TOPIC, 100)
      client = consumer_of(TOPIC)
      begin
        100.times { client.events_poll(100) }
      rescue RuntimeError => e
        puts e.class
        exit!(0)
      end
    RUBY

  {
    "subscribe(nil)" => "client.subscribe(nil)",
    "seek_by(nil, 0, 0)" => "client.seek_by(nil, 0, 0)",
    "query_watermark_offsets(nil, 0)" => "client.query_watermark_offsets(nil, 0)",
    "assign of a list with a nil topic" =>
      "client.assign(Rdkafka::Consumer::TopicPartitionList.new(nil => [Rdkafka::Consumer::Partition.new(0, 0)]))",
    "list_offsets of a nil topic" => "client.list_offsets({ nil => [{ partition: 0, offset: :latest }] })"
  }.each do |name, call|
    defect 4, "#{name} crashes", <<~RUBY, here: ["TypeError"], reference: [/\ASIG(SEGV|ABRT)\z/]
      client = consumer
      begin
        #{call}
      rescue TypeError => e
        puts e.class
      end
    RUBY
  end

  defect 5, "messages of a consumer are not signalled to an event loop",
    <<~RUBY, here: ["signalled"], reference: ["silence"]
      client = consumer_of(TOPIC)
      reader, writer = IO.pipe
      client.enable_queue_io_events(writer.fileno)
      client.poll_nb_each { nil }
      reader.read_nonblock(1_000, exception: false)
      fill(TOPIC, 1)
      puts reader.wait_readable(2) ? "signalled" : "silence"
      exit!(0)
    RUBY

  defect 9, "filtered statistics of a consumer teach the cache a wrong number of partitions",
    <<~RUBY, here: ["3"], reference: ["1"]
      Rdkafka::Config.statistics_callback = ->(found) { $seen = found.dig("topics", TOPIC, "partitions", "1") }
      client = consumer("statistics.interval.ms": 100, "statistics.unassigned.include": false)
      client.assign(Rdkafka::Consumer::TopicPartitionList.new(TOPIC => [Rdkafka::Consumer::Partition.new(1, 0)]))
      client.poll(20) until $seen
      puts Rdkafka::Producer.partitions_count_cache.to_h.fetch(TOPIC).last
      exit!(0)
    RUBY

  defect 14, "threads that close a client at the same time get errors",
    <<~RUBY, here: ["none"], reference: ["Rdkafka::ClosedInnerError"]
      errors = Array.new(10) do
        client = consumer
        start = Queue.new
        threads = Array.new(8) { Thread.new { start.pop && client.close || nil } }
        sleep(0.01)
        8.times { start << true }
        threads.map { |thread| finish(thread) }
      end
      puts errors.flatten.compact.uniq.first || "none"
      exit!(0)
    RUBY

  defect 16, "a message is lost when the thread that polls is killed",
    <<~RUBY, here: ["precious"], reference: ["lost"]
      fill(TOPIC, 1)
      client = consumer_of(TOPIC)
      client.poll(20_000)
      writer = producer
      hold_gvl(0)
      thread = Thread.new { client.poll(20_000) }
      asleep(thread)
      writer.produce(topic: TOPIC, payload: "precious", partition: 0)
      hold_gvl(700)
      thread.kill
      finish(thread)
      puts client.poll(2_000)&.payload || "lost"
      exit!(0)
    RUBY

  defect [6, 16], "messages are lost when a callback raises out of a poll",
    <<~RUBY, here: ["2000"], reference: [/\A(1?\d{1,3})\z/], seconds: 25
      fill(TOPIC, 2_000)
      client = consumer_of(TOPIC, "statistics.interval.ms": 1)
      raised = 0
      Rdkafka::Config.statistics_callback = ->(_) { raise IOError if (raised += 1) <= 200 }
      got = 0
      empty = 0
      while got < 2_000 && empty < 30
        begin
          found = client.poll_batch(100, max_items: 10).size
          got += found
          found.zero? ? empty += 1 : empty = 0
        rescue IOError
          next
        end
      end
      puts got
      exit!(0)
    RUBY

  defect 17, "an interrupted close of a producer leaves it closed, and never frees it",
    <<~RUBY, here: ["open"], reference: ["closed"]
      client = producer("bootstrap.servers": UNREACHABLE)
      client.produce(topic: "t", payload: "1")
      thread = Thread.new { client.close }
      asleep(thread)
      thread.kill
      finish(thread)
      puts client.closed? ? "closed" : "open"
      exit!(0)
    RUBY

  # What is overwritten decides how the process ends.
  defect 27, "a negative max_items overwrites memory",
    <<~RUBY, here: ["ArgumentError"], reference: ->(lines) { lines.any? && !lines.include?("ArgumentError") }
      fill(TOPIC, 5_000)
      client = consumer_of(TOPIC)
      client.poll_batch(20_000, max_items: 1)
      sleep(1)
      begin
        client.poll_batch(1_000, max_items: -1)
        GC.start
      rescue ArgumentError => e
        puts e.class
        exit!(0)
      end
      client.close
    RUBY
end
