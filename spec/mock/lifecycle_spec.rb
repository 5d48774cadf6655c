# frozen_string_literal: true

RSpec.describe "Life and death of clients" do
  it "goes on in a parent and 20 children that produce and consume at once", statement: [1, 96] do
    outcome = run_child(<<~RUBY, seconds: 90, topic: new_topic(partitions: 21))
      def work(partition)
        writer = producer
        reader = consumer("fetch.wait.max.ms": 10)
        list = Rdkafka::Consumer::TopicPartitionList.new
        list.add_topic_and_partitions_with_offsets(TOPIC, { partition => 0 })
        reader.assign(list)
        20.times { |number| writer.produce(topic: TOPIC, payload: number.to_s, partition: partition) }
        got = []
        got.concat(reader.poll_batch(200)) while got.size < 20
        reader.close
        writer.close
        got.map { |message| message.payload.to_i } == [*0...20]
      end

      inherited = [producer, consumer_of(TOPIC, partitions: 1), admin]
      children = Array.new(20) { |number| fork { exit(work(number + 1) && inherited.all?(&:closed?)) } }
      puts work(0)
      statuses = children.map { |pid| Process.wait2(pid).last.exitstatus }
      puts statuses.tally.to_a.inspect, inherited.none?(&:closed?)
    RUBY

    expect(outcome).to print_lines("true", "[[0, 20]]", "true")
  end

  it "does not depend on the threads that made them" do
    topic = new_topic
    writer, reader, manager = Thread.new { [producer, assigned_consumer(topic), admin] }.value
    killed = Queue.new
    thread = Thread.new { (killed << producer) && sleep }
    last = killed.pop
    thread.kill.join

    offsets = [writer, last].map { |made| made.produce(topic: topic, payload: "1").wait.offset }
    expect(offsets).to eq([0, 1])
    expect(consume(reader, 2).map(&:offset)).to eq([0, 1])
    expect(manager.metadata(topic).topics.size).to eq(1)
    expect([writer, reader, manager, last].map(&:close)).to eq([nil] * 4)
  end

  it "leaves threads that end with clients of theirs alone" do
    outcome = run_child(<<~RUBY, topic: new_topic)
      50.times do
        Thread.new { [producer, admin].sample.name }.join
      end
      3.times { GC.start }
      puts producer.produce(topic: TOPIC, payload: "1").wait.offset
    RUBY

    expect(outcome).to print_lines(0)
  end

  describe "close in a finalizer" do
    {
      "consumer" => "consumer_of(TOPIC)", "producer" => "producer", "admin client" => "admin"
    }.each do |kind, client|
      it "closes a #{kind}" do
        outcome = run_child(<<~RUBY, topic: new_topic)
          client = #{client}
          closing = ->(_) { client.close && nil }
          Thread.new { 10.times { ObjectSpace.define_finalizer(Object.new, closing) } }.join
          deadline = now + 10
          until client.closed? || now > deadline
            GC.start
            client.is_a?(Rdkafka::Consumer) ? finish(Thread.new { client.poll(10) }) : sleep(0.01)
          end
          puts client.closed?
        RUBY

        expect(outcome).to print_lines("true")
      end
    end

    it "does nothing at the end of the process, when clients are closed" do
      outcome = run_child(<<~RUBY, topic: new_topic)
        clients = [consumer_of(TOPIC), producer, admin]
        keep = Object.new
        ObjectSpace.define_finalizer(keep, ->(_) { puts clients.map(&:close).inspect })
      RUBY

      expect(outcome).to print_lines("[nil, nil, nil]")
    end
  end

  it "ends within its bound with all kinds of clients, having delivered what it could and naming what it could not",
    defect: [22, 28], statement: [94, 147] do
    topic = new_topic
    outcome = run_child(<<~RUBY, topic: topic)
      Thread.report_on_exception = false
      Rdkafka::Config.logger = Logger.new($stderr)
      KarafkaNative.exit_timeout_ms = 2_000
      lost = { "bootstrap.servers": UNREACHABLE }
      bad = producer(**lost)
      2.times { bad.produce(topic: "t", payload: "1") }
      puts bad.name
      good = producer("linger.ms": 300)
      good.produce(topic: TOPIC, payload: "last words")
      members = [consumer(**lost), consumer_of(TOPIC)]
      members.first.subscribe("t")
      manager = admin(**lost)
      manager.create_topic("t", 1, 1)
      asleep(Thread.new { members.last.poll(-1) })
      asleep(Thread.new { manager.metadata(nil, 60_000) })
      asleep(Thread.new { bad.flush(-1) })
    RUBY

    expect(outcome.ending).to eq(0)
    expect(outcome.err).to match(/WARN.*#{Regexp.escape(outcome.lines.first)} .*gave up 2 undelivered message/)
    expect(outcome.err.scan("gave up").size).to eq(1)
    expect(outcome.seconds).to be_between(2, 25)
    expect(messages_of(topic).map(&:payload)).to eq(["last words"])
  end
end
