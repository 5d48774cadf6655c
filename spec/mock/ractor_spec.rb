# frozen_string_literal: true

# In processes of their own: Ractors would change how the other examples run, and Ruby 3.3 calls them experimental.
RSpec.describe "Ractors" do
  before_script = <<~RUBY
    Warning[:experimental] = false
    Thread.report_on_exception = false
    [TOPIC, UNREACHABLE].each(&:freeze)

    # Runs a block in another Ractor, where it gets the arguments.
    def in_ractor(*, &) = Ractor.new(*, &).take

    # Within the Ractor that calls it.
    def quiet
      Rdkafka::Config.logger = Logger.new(IO::NULL)
    end
  RUBY

  # Ruby 3.3.8 itself hangs now and then when it ends Ractors at the end of the process (one of some 20 runs; see
  # docs/ractors.md), so scripts leave without.
  define_method(:run_ractors) do |script, **options|
    run_child("#{before_script}#{script}\nexit!(0)", topic: new_topic(partitions: 2), **options)
  end

  it "find the classes of native objects ready, as two that looked for one at the same time would wait for each other",
    :share_groups do
    outcome = run_ractors(<<~RUBY)
      Object.define_singleton_method(:const_get) do |name, *rest|
        name.to_s.start_with?("KarafkaNative::Native::") ? abort("looked for \#{name}") : super(name, *rest)
      end
      KarafkaNative::MockCluster.new.close
      share_consumer(TOPIC)
      consumer.consumer_group_metadata_pointer
      client = admin
      client.list_offsets({ TOPIC => [{ partition: 0, offset: :latest }] }).wait
      p producer.produce(topic: TOPIC, payload: "1").wait.error
    RUBY

    expect(outcome).to print_lines("nil")
  end

  it "produce and consume side by side, each with its own clients" do
    outcome = run_ractors(<<~RUBY)
      ractors = Array.new(3) do |number|
        Ractor.new(number) do |number|
          quiet
          setting = config("client.id": "ractor-\#{number}", "statistics.interval.ms": 20)
          names = []
          setting.statistics_callback = ->(_, name) { names << name }
          producer = setting.producer
          reports = []
          producer.delivery_callback = ->(report) { reports << report.offset }
          handles = Array.new(300) do |index|
            producer.produce(topic: TOPIC, payload: index.to_s, key: "k", partition_key: index.to_s, headers: { "a" => "b" })
          end
          offsets = handles.map { |handle| handle.wait.offset }
          GC.start
          producer.flush
          consumer = consumer()
          consumer.subscribe(TOPIC)
          messages = []
          messages.concat(consumer.poll_batch(100)) while messages.size < 300
          consumer.commit
          name = producer.name
          [consumer, producer].each(&:close)
          [offsets.uniq.size > 1, reports.size, messages.first.headers, names.uniq == [name]]
        end
      end
      ractors.each { |ractor| p ractor.take }
    RUBY

    expect(outcome).to print_lines(*[[true, 300, { "a" => "b" }, true].inspect] * 3)
  end

  it "can use every kind of client", :share_groups do
    outcome = run_ractors(<<~RUBY)
      in_ractor do
        quiet
        KarafkaNative::MockCluster.new do |cluster|
          cluster.create_topic("t")
          cluster.start_share_groups_at(:earliest)
          servers = { "bootstrap.servers": cluster.bootstrap_servers }
          admin = admin(**servers)
          p admin.list_offsets({ "t" => [{ partition: 0, offset: :latest }] }).wait.offsets.first[:offset]
          writer = producer("transactional.id": "t", **servers)
          writer.init_transactions
          writer.begin_transaction
          writer.produce(topic: "t", payload: "1")
          writer.commit_transaction
          member = share_consumer("t", "share.acknowledgement.mode": "explicit", **servers)
          inside = nil
          member.acknowledgement_commit_callback = lambda do |*|
            member.poll(1)
          rescue Rdkafka::RdkafkaError => e
            inside = e.code
          end
          records = []
          records.concat(member.poll(100)) while records.empty?
          member.acknowledge(records.first)
          member.commit_sync(10_000)
          p records.first.payload, inside
          reader = consumer(**servers)
          reader.subscribe("t")
          reader.each { |message| break p(message.payload) }
          [admin, writer, member, reader].each(&:close)
        end
      end
    RUBY

    expect(outcome).to print_lines("0", '"1"', ":state", '"1"')
  end

  it "hear of errors and write logs by their own callbacks, not by those of the main Ractor" do
    outcome = run_ractors(<<~RUBY)
      Rdkafka::Config.error_callback = ->(*) { abort "that of the main Ractor" }
      Rdkafka::Config.logger = Class.new(Logger) { def add(*) = abort("that of the main Ractor") }.new(IO::NULL)
      in_ractor do
        p Rdkafka::Config.error_callback, Rdkafka::Config.logger.class
        heard = Thread::Queue.new
        logger = Object.new
        logger.define_singleton_method(:add) { |*| heard << :log }
        Rdkafka::Config.logger = logger
        Rdkafka::Config.error_callback = ->(error) { heard << error.code }
        client = producer("bootstrap.servers": UNREACHABLE, debug: "all")
        seen = []
        seen |= [heard.pop] until (seen & %i[log transport]).size == 2
        client.close
      end
      p :done
    RUBY

    expect(outcome).to print_lines("nil", "Logger", ":done")
  end

  it "use the driver's own functions where another gem has replaced them with what only the main Ractor may read" do
    outcome = run_ractors(<<~RUBY)
      %i[ErrorCallback RebalanceCallback].each do |name|
        Rdkafka::Bindings.send(:remove_const, name)
        Rdkafka::Bindings.const_set(name, KarafkaNative::Internal::FFI::Function.new(:void, []) { abort "replaced" })
      end
      in_ractor do
        quiet
        heard = Thread::Queue.new
        Rdkafka::Config.error_callback = ->(error) { heard << error.code }
        client = producer("bootstrap.servers": UNREACHABLE)
        p heard.pop
        client.close
        reader = consumer(listener: Class.new { def on_partitions_assigned(list) = p(list.to_h.values.first.size) }.new)
        reader.subscribe(TOPIC)
        reader.poll(100) until reader.assignment.to_h.any?
        reader.close
      end
    RUBY

    expect(outcome).to print_lines(":transport", "2")
  end

  it "read what holds for the process and leave it to the main Ractor to set it" do
    outcome = run_ractors(<<~RUBY)
      Rdkafka::Config.partitioner_key_uses_bytesize = true
      KarafkaNative.exit_timeout_ms = 5_000
      in_ractor do
        p Rdkafka::Bindings.partition_key_length("éé"), KarafkaNative.exit_timeout_ms
        [-> { KarafkaNative.exit_timeout_ms = 1 }, -> { Rdkafka::Config.partitioner_key_uses_bytesize = false }].each do |set|
          set.call
        rescue Ractor::IsolationError
          p :refused
        end
      end
    RUBY

    expect(outcome).to print_lines("4", "5000", ":refused", ":refused")
  end

  it "cannot hand clients and handles to each other, but reports and messages" do
    outcome = run_ractors(<<~RUBY)
      client = producer
      handle = client.produce(topic: TOPIC, payload: "1", partition: 0)
      report = handle.wait
      [client, handle].each do |object|
        [-> { Ractor.new(object) { |it| it } }, -> { Ractor.make_shareable(object) }].each do |share|
          share.call
        rescue TypeError, Ractor::Error => e
          p e.class
        end
      end
      message = consumer_of(TOPIC, partitions: 2).poll(10_000)
      p in_ractor(report, message) { |report, message| [report.offset, message.payload] }
    RUBY

    expect(outcome).to print_lines("TypeError", "Ractor::Error", "TypeError", "Ractor::Error", '[0, "1"]')
  end

  it "may end with clients open" do
    outcome = run_ractors(<<~RUBY)
      5.times do
        in_ractor do
          quiet
          producer.produce(topic: TOPIC, payload: "1").wait
          consumer.subscribe(TOPIC)
        end
      end
      GC.start
      client = producer
      client.produce(topic: TOPIC, payload: "1").wait
      client.close
      p :done
    RUBY

    expect(outcome).to print_lines(":done")
  end

  it "have dropped clients closed, although Ruby never collects ended threads of Ractors", file: "/proc/self/task" do
    outcome = run_ractors(<<~RUBY)
      in_ractor do
        quiet
        20.times { -> { [producer, admin] && nil }.call }
        deadline = now + 15
        begin
          GC.start
          Thread.pass
        end until native_threads("rdk:main").size < 10 || now > deadline
        p native_threads("rdk:main").size < 10
      end
    RUBY

    expect(outcome).to print_lines("true")
  end

  it "may be at work when the process ends" do
    outcome = run_ractors(<<~RUBY)
      ractor = Ractor.new do
        quiet
        reader = consumer
        writer = producer
        reader.subscribe(TOPIC)
        Ractor.yield(:ready)
        loop { writer.produce(topic: TOPIC, payload: "1") && reader.poll(10) }
      end
      p ractor.take
    RUBY

    expect(outcome).to print_lines(":ready")
    expect(outcome.seconds).to be < 30
  end

  it "or a setting of Ruby's let threads move from one native thread to another" do
    outcome = run_ractors(<<~RUBY, environment: { "RUBY_MN_THREADS" => "1" })
      threads = Array.new(6) do
        Thread.new do
          writer = producer
          writer.delivery_callback = ->(_) { Thread.pass }
          Array.new(100) { writer.produce(topic: TOPIC, payload: "1") }.each(&:wait)
          reader = consumer_of(TOPIC, partitions: 2)
          20.times { reader.poll(5_000) }
          [reader, writer].each(&:close)
          [reader.closed?, writer.closed?]
        end
      end
      p threads.map(&:value).uniq
    RUBY

    expect(outcome).to print_lines("[[true, true]]")
  end
end
