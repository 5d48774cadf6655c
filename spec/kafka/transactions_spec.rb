# frozen_string_literal: true

require_relative "../../tools/kafka/rspec"

# What the embedded cluster does not know: transaction markers, readers that skip what was aborted, fencing.
RSpec.describe "Transactions of a real cluster", :any_broker do
  let(:servers) { { "bootstrap.servers": kafka.bootstrap } }
  let(:admin_client) { closing(config(**servers).admin) }
  let(:id) { unique_name("transactions") }
  let(:topics) { Array.new(2) { unique_name("topic") } }
  let(:topic) { topics.first }
  let(:output) { topics.last }

  before { topics.each { |name| create_topic(admin_client, name) } }

  after { topics.map { |name| admin_client.delete_topic(name) }.each(&:wait) }

  def ready(id = self.id)
    producer(**servers, "transactional.id": id).tap { |made| within(40) { made.init_transactions } }
  end

  def fill(topic, payloads)
    writer = producer(**servers)
    payloads.map { |payload| writer.produce(topic: topic, payload: payload) }.each(&:wait)
  end

  def payloads_of(topic, isolation, count)
    reader = assigned_consumer(topic, **servers, "isolation.level": isolation, "enable.partition.eof": true)
    payloads = []
    within(30) do
      loop { (message = patient_poll(reader, 1_000)) && (payloads << message.payload) }
    rescue Rdkafka::RdkafkaError => e
      raise unless e.is_partition_eof?

      payloads.size < count ? retry : payloads
    end
  end

  # Takes up to ten messages from the input, and writes them to the output together with the offset.
  def transform(reader, writer)
    messages = consume(reader, 10, seconds: 40)
    writer.begin_transaction
    handles = messages.map { |message| writer.produce(topic: output, payload: message.payload) }
    writer.send_offsets_to_transaction(reader, partition_list(topic => { 0 => messages.last.offset + 1 }))
    handles
  end

  def group_reader(group)
    consumer(**servers, "group.id": group, "enable.auto.commit": false, "session.timeout.ms": 3_000,
      "heartbeat.interval.ms": 500, "fetch.wait.max.ms": 10).tap { |made| made.subscribe(topic) }
  end

  it "consume, transform and produce exactly once, whatever breaks off in the middle" do
    numbers = Array.new(40, &:to_s)
    fill(topic, numbers)
    group = unique_name("group")

    # The first ten go through; the process ends in the middle of the next ten.
    outcome = run_child(<<~RUBY, environment: { "KN_BOOTSTRAP" => kafka.bootstrap }, id:, topic:, output:, group:)
      reader = consumer("group.id": GROUP, "enable.auto.commit": false, "session.timeout.ms": 3_000)
      reader.subscribe(TOPIC)
      writer = producer("transactional.id": ID)
      writer.init_transactions
      messages = []
      2.times do |round|
        while messages.size < 10 * (round + 1)
          message = reader.poll(100)
          messages << message if message
        end
        writer.begin_transaction
        handles = messages.last(10).map { |message| writer.produce(topic: OUTPUT, payload: message.payload) }
        list = Rdkafka::Consumer::TopicPartitionList.new
        list.add_topic_and_partitions_with_offsets(TOPIC, 0 => messages.last.offset + 1)
        writer.send_offsets_to_transaction(reader, list)
        round.zero? ? writer.commit_transaction : handles.each(&:wait)
      end
      puts :crash
      Process.kill(:KILL, Process.pid)
    RUBY
    expect([outcome.lines, outcome.ending]).to eq([["crash"], :SIGKILL])

    # Its successor takes over, aborts once, and does the rest.
    writer = ready
    reader = group_reader(group)
    transform(reader, writer).each(&:wait)
    expect(writer.abort_transaction).to be(true)
    reader.seek_by(topic, 0, within(20) { reader.committed(nil, 10_000) }.to_h[topic].first.offset)
    3.times do
      transform(reader, writer)
      expect(writer.commit_transaction).to be(true)
    end

    expect(payloads_of(output, "read_committed", 40)).to eq(numbers)
    expect(payloads_of(output, "read_uncommitted", 60).size).to eq(60)
    expect(reader.committed(nil, 10_000).to_h[topic].first.offset).to eq(40)
  end

  it "are invisible when they are aborted" do
    writer = ready
    writer.begin_transaction
    writer.produce(topic: topic, payload: "aborted").wait
    expect(writer.abort_transaction).to be(true)
    writer.begin_transaction
    writer.produce(topic: topic, payload: "committed")
    expect(writer.commit_transaction).to be(true)

    expect(payloads_of(topic, "read_committed", 1)).to eq(["committed"])
    expect(payloads_of(topic, "read_uncommitted", 2)).to eq(%w[aborted committed])
  end

  it "fence the older of two producers off", statement: 52 do
    older = ready
    older.begin_transaction
    older.produce(topic: topic, payload: "older").wait
    newer = ready
    newer.begin_transaction
    newer.produce(topic: topic, payload: "newer").wait

    expect(error_of { within(30) { older.commit_transaction } }).to have_attributes(code: :fenced, fatal?: true)
    expect(error_of { older.begin_transaction }).to have_attributes(code: :fenced, fatal?: true)
    expect(newer.commit_transaction).to be(true)
    expect(payloads_of(topic, "read_committed", 1)).to eq(["newer"])
  end

  it "have to be aborted when their consumer is no member any more" do
    reader = group_reader(unique_name("group"))
    eventually(30) { patient_poll(reader, 50) || reader.assignment.count == 1 }
    former = Struct.new(:consumer_group_metadata_pointer).new(reader.consumer_group_metadata_pointer)
    reader.close
    writer = ready
    writer.begin_transaction

    expect(error_of { writer.send_offsets_to_transaction(former, partition_list(topic => { 0 => 1 }), 20_000) })
      .to have_attributes(code: :unknown_member_id, abortable?: true, fatal?: false)
    expect(error_of { writer.commit_transaction }).to have_attributes(abortable?: true)
    expect(writer.abort_transaction).to be(true)
    expect(writer.begin_transaction).to be(true)
  end

  it "end what readers of committed messages count", defect: 15, statement: [58, 110] do
    fill(topic, %w[1 2])
    writer = ready
    writer.begin_transaction
    3.times { writer.produce(topic: topic, payload: "open").wait }
    asked = { topic => [{ partition: 0, offset: :latest }] }
    found = { "read_committed" => 2, "read_uncommitted" => 5 }.to_h do |isolation, _|
      reader = consumer(**servers, "isolation.level": isolation)
      [isolation, reader.lag(partition_list(topic => { 0 => 1 }), 20_000)[topic][0] + 1]
    end
    expect(found).to eq("read_committed" => 2, "read_uncommitted" => 5)
    ends = [1, 0].map { |level| admin_client.list_offsets(asked, isolation_level: level).wait.offsets.first[:offset] }
    expect(ends).to eq([2, 5])

    writer.commit_transaction
    # The broker writes its marker after it has answered.
    committed = -> { admin_client.list_offsets(asked, isolation_level: 1).wait.offsets.first[:offset] }
    expect(eventually { committed.call == 6 }).to be(true)
  end
end
