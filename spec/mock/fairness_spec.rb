# frozen_string_literal: true

RSpec.describe "Threads beside busy clients" do
  # Calls the block beside a thread that counts how often it gets a turn, with a lambda that tells how often it has;
  # returns how often it did in each of Ruby's time slices of 100 ms, which would be once if nobody offered it any.
  def turns_beside
    turns = 0
    other = Thread.new { loop { (turns += 1) && Thread.pass } }
    eventually { turns.positive? }
    before = turns
    started = monotonic_seconds
    yield -> { turns }
    (turns - before) / ((monotonic_seconds - started) / 0.1).ceil
  ensure
    other&.kill
  end

  # A consumer whose messages have all been fetched.
  def full_consumer(count)
    topic = new_topic
    filler = producer
    count.times { filler.produce(topic: topic, payload: "x", partition: 0) }
    filler.flush(10_000)
    made = events_apart("statistics.interval.ms": 100, "auto.offset.reset": "earliest")
    made.assign(partition_list(topic => { 0 => 0 }))
    fetched = Thread::Queue.new
    Rdkafka::Config.statistics_callback = lambda do |statistics|
      fetched << true if statistics.dig("topics", topic, "partitions", "0", "rxmsgs") == count
    end
    eventually { made.events_poll(10) && !fetched.empty? }
    made
  end

  # A consumer whose events are polled separately.
  def events_apart(**options)
    config = config("group.id": SecureRandom.uuid, **options)
    config.consumer_poll_set = false
    closing(config.consumer)
  end

  after { Rdkafka::Config.statistics_callback = nil }

  {
    "poll" => ->(client) { client.poll(1_000) ? 1 : 0 },
    "poll_nb" => ->(client) { client.poll_nb ? 1 : 0 },
    "poll_batch" => ->(client) { client.poll_batch(1_000, max_items: 100).size },
    "poll_batch_nb" => ->(client) { client.poll_batch_nb(0, max_items: 100).size }
  }.each do |method, poll|
    it "get turns while #{method} finds one message after another" do
      client = full_consumer(20_000)
      polled = 0
      turns = turns_beside { polled += poll.call(client) while polled < 20_000 }

      expect(turns).to be > 5
    end
  end

  it "find only a few of them before them when ten clients poll one message after another" do
    clients = Array.new(10) { full_consumer(20_000) }
    polled = Array.new(10, 0)
    threads = clients.each_with_index.map do |client, index|
      Thread.new { 20_000.times { polled[index] += 1 if client.poll(1_000) } }
    end
    eventually { polled.all?(&:positive?) }
    met = []
    while threads.all?(&:alive?)
      before = polled.dup
      Thread.pass
      met << polled.zip(before).count { |after, earlier| after > earlier }
    end
    threads.each(&:join)

    expect(met.sum.fdiv(met.size)).to be < 4
  end

  it "get turns while a backlog of delivery reports is handled" do
    topic = new_topic
    client = closing(config.producer(run_polling_thread: false))
    reports = 0
    client.delivery_callback = ->(_report) { (reports += 1) && 100.times { nil } }
    5_000.times { client.produce(topic: topic, payload: "x", partition: 0) }
    eventually { consumer.query_watermark_offsets(topic, 0) == [0, 5_000] }
    turns = turns_beside { eventually { client.events_poll_nb_each { nil } || reports == 5_000 } }

    expect(turns).to be > 5
  end

  it "get turns while a producer is closed and its delivery reports are handled" do
    client = closing(config("bootstrap.servers": "127.0.0.1:1").producer(run_polling_thread: false))
    5_000.times { client.produce(topic: "nowhere", payload: "x", partition: 0) }
    seen = []
    turns_beside do |turns|
      client.delivery_callback = ->(_report) { (seen << turns.call) && 100.times { nil } }
      client.close
    end

    expect(seen.size).to eq(5_000)
    expect(seen.last - seen.first).to be > 5
  end

  it "run the delivery callback while one of them produces without a break" do
    topic = new_topic
    client = producer
    called = 0
    client.delivery_callback = ->(_report) { called += 1 }
    client.produce(topic: topic, payload: "the first one, which has to find the topic").wait
    started = monotonic_seconds
    seen = Array.new(90_000) { client.produce(topic: topic, payload: "x") && called }.uniq

    expect(seen.size / ((monotonic_seconds - started) / 0.1).ceil).to be > 5
  end

  it "get turns while handles are awaited that are done already" do
    topic = new_topic
    client = producer
    handles = Array.new(80_000) { client.produce(topic: topic, payload: "x", partition: 0) }
    client.flush(10_000)
    turns = turns_beside { handles.each(&:wait) }

    expect(turns).to be > 5
  end

  {
    events_poll: "of the main queue",
    poll: "of the only queue"
  }.each do |method, queue|
    it "are not held up by outdated statistics #{queue}" do
      client = method == :poll ? consumer("statistics.interval.ms": 20) : events_apart("statistics.interval.ms": 20)
      written = []
      Rdkafka::Config.statistics_callback = ->(statistics) { written << statistics["ts"] }

      # Documents that are handled one after the other were not written one after the other (`ts` is in µs).
      skipped = eventually do
        sleep 0.1 # in which some are written
        client.public_send(method, 0)
        written.each_cons(2).any? { |earlier, later| later - earlier > 60_000 }
      end

      expect(skipped).to be(true)
    end
  end

  describe "beside many clients whose callbacks take 4 ms of CPU each" do
    let(:handled) { [] }
    let(:callback) do
      lambda do |_event|
        start = Process.clock_gettime(Process::CLOCK_THREAD_CPUTIME_ID)
        nil while Process.clock_gettime(Process::CLOCK_THREAD_CPUTIME_ID) - start < 0.004
        handled << true
      end
    end

    # Runs the block for each client on a thread of its own, and returns how many turns this thread gets, which hardly
    # needs any time, between the first events and the 500th.
    def turns_beside_all(clients, &)
      threads = clients.map { |client| Thread.new(client, &) }
      eventually { handled.size > clients.size }
      turns = 0
      (turns += 1) && sleep(0.001) until handled.size >= 500 || threads.none?(&:alive?)
      turns
    ensure
      threads&.each(&:kill)&.each(&:join)
    end

    {
      "consumers" => [->(example, **options) { example.events_apart(**options) }, {}],
      "share consumers" => [->(example, **options) { example.share_consumer(**options) }, { share_groups: true }]
    }.each do |kind, (make, needs)|
      it "get turns while #{kind} are polled", **needs do
        clients = Array.new(16) { make.call(self, "statistics.interval.ms": 20) }
        Rdkafka::Config.statistics_callback = callback

        expect(turns_beside_all(clients) { |client| loop { client.events_poll(100) } }).to be > 20
      end
    end
  end
end
