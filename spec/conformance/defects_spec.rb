# frozen_string_literal: true

require_relative "../../tools/kafka/rspec"
require_relative "support/defect_scripts"

# What the reference does wrong by the contract (section 6), as far as a script can show it within seconds.
RSpec.describe "Defects of karafka-rdkafka" do # rubocop:disable RSpec/EmptyExampleGroup -- `defect` makes two examples
  extend Conformance::DefectScripts
  include Conformance::DefectScripts::Running

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

  defect 22, "a message that cannot be delivered keeps the process from ending",
    <<~RUBY, here: ["end"], reference: ["end", :hung], patience: 6
      KarafkaNative.exit_timeout_ms = 500 if defined?(KarafkaNative)
      producer("bootstrap.servers": UNREACHABLE).produce(topic: "t", payload: "1")
      puts "end"
    RUBY

  defect 22, "a thread that polls keeps the process from ending",
    <<~RUBY, here: ["end"], reference: ["end", :hung], patience: 6
      client = consumer
      thread = Thread.new { client.poll(-1) }
      asleep(thread)
      puts "end"
    RUBY

  defect 29, "a result is read for ever beside a busy thread",
    <<~RUBY, here: ["100"], reference: [/\Atoo slow|hung\z/], patience: 10, real: true
      client = admin
      client.create_topic(TOPIC, 100, 1).wait
      known = -> { client.describe_topics([TOPIC]).wait.topics.first[:partitions].size }
      sleep(0.1) until (known.call rescue 0) == 100
      Thread.new { nil while true }
      sleep(0.2)
      begin
        puts client.describe_topics([TOPIC]).wait(max_wait_timeout_ms: 5_000).topics.first[:partitions].size
      rescue Rdkafka::AbstractHandle::WaitTimeoutError
        puts "too slow"
      end
      $stdout.flush
      Process.exit!(true)
    RUBY

  defect 30, "an isolation level that there is not is accepted",
    <<~RUBY, here: ["ArgumentError"], reference: ["accepted"]
      begin
        consumer.list_offsets({ TOPIC => [{ partition: 0, offset: :latest }] }, isolation_level: 7)
        puts "accepted"
      rescue ArgumentError => e
        puts e.class
      end
      exit!(0)
    RUBY

  defect 31, "a message that is not delivered yet looks as if it never were",
    <<~RUBY, here: ["[nil, false, nil, nil]"], reference: ["[0, true, 0, 0]"]
      report = producer("bootstrap.servers": UNREACHABLE).produce(topic: "t", payload: "1").create_result
      puts [report.status, report.not_persisted?, report.latency, report.broker_id].inspect
      exit!(0)
    RUBY

  defect 35, "a name is cut at a null byte",
    <<~RUBY, here: ["ArgumentError"], reference: ["cut"], real: true
      client = admin
      client.create_topic(TOPIC, 1, 1).wait
      described = -> { client.describe_topics([TOPIC]).wait.topics.first[:name] }
      sleep(0.1) until (described.call rescue nil) == TOPIC
      begin
        puts client.describe_topics(["\#{TOPIC}\0x"]).wait.topics.first[:name] == TOPIC ? "cut" : "other"
      rescue ArgumentError => e
        puts e.class
      end
      exit!(0)
    RUBY

  defect 20, "closing a share consumer in a callback of its own poll never returns",
    <<~RUBY, here: ["true"], reference: [:hung], patience: 6, share_groups: true
      client = nil
      closing = false
      Rdkafka::Config.statistics_callback = ->(_) { closing ||= (client.close; true) }
      client = share_consumer(TOPIC, "statistics.interval.ms": 50)
      begin
        50.times { client.poll(100) }
      rescue Rdkafka::ClosedConsumerError
        nil
      end
      puts client.closed?
      exit!(0)
    RUBY

  defect 21, "what is called in a commit callback locks all other threads out of a share consumer",
    <<~RUBY, here: ["usable"], reference: ["conflict"], share_groups: true
      fill(TOPIC, 1)
      client = share_consumer(TOPIC, "share.acknowledgement.mode": "explicit")
      records = []
      records = client.poll(1_000) while records.empty?
      called = false
      client.acknowledgement_commit_callback = ->(*) { called = true && (client.subscription rescue nil) || true }
      client.acknowledge(records.first)
      client.commit_async
      finish(Thread.new { client.events_poll(100) until called })
      begin
        client.poll(10)
        puts "usable"
      rescue Rdkafka::RdkafkaError => e
        puts e.code
      end
      exit!(0)
    RUBY

  defect 32, "a share consumer that its commit callback can see is never collected",
    <<~RUBY, here: [/\A[01]\z/], reference: ["8"], share_groups: true
      def members(count)
        count.times do |number|
          made = share_consumer("\#{TOPIC}-\#{number}")
          made.acknowledgement_commit_callback = ->(*) { made.name }
        end
      end
      Thread.new { members(8) }.join
      deadline = now + 5
      GC.start && sleep(0.02) while ObjectSpace.each_object(Rdkafka::ShareConsumer).any? && now < deadline
      puts ObjectSpace.each_object(Rdkafka::ShareConsumer).count
      exit!(0)
    RUBY

  defect 33, "a long poll of a share consumer lets statistics wait",
    <<~RUBY, here: ["served"], reference: ["starved"], share_groups: true
      count = 0
      Rdkafka::Config.statistics_callback = ->(_) { count += 1 }
      client = share_consumer(TOPIC, "statistics.interval.ms": 50)
      client.poll(1)
      count = 0
      thread = Thread.new { client.poll(3_000) }
      deadline = now + 2
      sleep(0.01) until count > 3 || now > deadline
      puts count > 3 ? "served" : "starved"
      exit!(0)
    RUBY
end
