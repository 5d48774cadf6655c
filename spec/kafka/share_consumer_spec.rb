# frozen_string_literal: true

require_relative "../../tools/kafka/rspec"

# Share groups of a real cluster. New ones begin at the end of a topic, so examples wait until they have begun.
RSpec.describe "Share consumers of a real cluster", :share_groups do
  let(:servers) { { "bootstrap.servers": kafka.bootstrap } }
  let(:admin_client) { closing(config(**servers).admin) }
  let(:writer) { producer(**servers) }
  let(:topic) { unique_name("share-topic") }
  let(:group) { unique_name("share-group") }
  let(:partitions) { 1 }

  before { create_topic(admin_client, topic, partitions: partitions) }

  after do
    close_clients
    config(**servers).admin.tap { |client| client.delete_topic(topic).wait }.close
  end

  def member(mode = "implicit", **)
    share_consumer(group: group, topic: topic, mode: mode, "fetch.wait.max.ms": 100, **servers, **)
  end

  def fill(count, partition = 0)
    Array.new(count) { |number| writer.produce(topic: topic, payload: number.to_s, partition: partition) }
      .map { |handle| handle.wait(max_wait_timeout_ms: 20_000).offset }
  end

  # Produces to all partitions until a member gets the records, and has it accept them.
  def begin_group
    first = member
    waiting = [*0...partitions]
    eventually(60) do
      waiting.each { |number| fill(1, number) }
      waiting -= first.poll(200).map(&:partition)
      waiting.empty?
    end
    eventually(10) { first.poll(300).empty? }
    first.close
  end

  def records_of(consumer, count)
    found = []
    eventually(30) { found.concat(consumer.poll(200)).size >= count }
    found
  end

  it "accept, release and deliver again, implicitly", statement: [124, 126, 130, 141] do
    begin_group
    one = member
    sent = fill(5)
    records = records_of(one, 5)
    expect(deliveries(records)).to eq(sent.map { |offset| [offset, 1] })
    expect(one.commit_sync.to_h[topic].map(&:err)).to eq([0])
    expect(one.commit_sync).to be_nil

    sent = fill(3)
    records_of(one, 3)
    one.close
    two = member
    expect(deliveries(records_of(two, 3))).to eq(sent.map { |offset| [offset, 2] })
    two.unsubscribe
    three = member
    expect(three.poll(1_500)).to eq([])

    # A fetch of the third is under way here.
    three.unsubscribe
    sent = fill(2)
    two.subscribe(topic)
    expect(deliveries(records_of(two, 2))).to eq(sent.map { |offset| [offset, 1] })
  end

  it "accept, release and reject record by record, explicitly", statement: [127, 128, 129, 131] do
    begin_group
    outcomes = []
    one = member("explicit")
    one.acknowledgement_commit_callback = ->(partitions, error) { outcomes << [partitions, error] }
    sent = fill(6)
    records = records_of(one, 6)
    expect { one.poll(0) }.to raise_error(/6 records from previous poll have not been acknowledged/)
    %i[accept release reject accept].zip(records) { |type, record| one.acknowledge(record, type) }
    one.commit_async
    eventually { one.events_poll(100) && outcomes.any? }
    expect(outcomes).to eq([[[{ topic: topic, partition: 0, offsets: sent[0..3] }], nil]])
    expect(code_of { one.acknowledge(records[0]) }).to eq(:state)

    one.close
    two = member("explicit")
    again = records_of(two, 3)
    expect(deliveries(again)).to contain_exactly([sent[1], 2], [sent[4], 2], [sent[5], 2])
    again.drop(1).each { |record| two.acknowledge(record) }
    two.unsubscribe
    expect(deliveries(records_of(member, 1))).to eq([[again[0].offset, 3]])
  end

  it "get acknowledgements accepted in whatever order they are committed", statement: 142 do
    begin_group
    outcomes = []
    one = member("explicit")
    one.acknowledgement_commit_callback = ->(partitions, error) { outcomes << [partitions[0][:offsets], error] }
    sent = fill(30)
    records = first_records(one)
    records.reverse_each do |record|
      one.acknowledge(record)
      one.commit_async
    end
    eventually(20) { one.events_poll(100) && outcomes.sum { |offsets, _| offsets.size } >= records.size }
    expect(outcomes.map(&:last).uniq).to eq([nil])
    expect(outcomes.flat_map(&:first)).to match_array(offsets(records))
    expect(sent).to include(*offsets(records))
    one.close
  end

  describe "with two partitions" do
    let(:partitions) { 2 }

    it "divide records, and lose none to interrupts", statement: [137, 144] do
      begin_group
      interruption = Class.new(StandardError)
      seen = Thread::Queue.new
      interrupts = Thread::Queue.new
      stop = false
      # Interrupted only inside of a poll, so that what it returns is not lost on the way.
      threads = Array.new(2) { member }.map do |one|
        Thread.new do
          Thread.handle_interrupt(interruption => :on_blocking) do
            until stop
              begin
                one.poll(500).each { |record| seen << [record.partition, record.offset] }
              rescue interruption
                interrupts << one
              end
            end
          end
        end
      end
      sent = []
      20.times do
        [0, 1].each { |number| sent.concat(fill(2, number).map { |offset| [number, offset] }) }
        threads.each { |thread| thread.raise(interruption) }
      end
      eventually(30) { seen.size >= sent.size }
      stop = true
      within(10) { threads.each(&:join) }
      expect(interrupts.size).to be_between(5, 40)
      expect(Array.new(seen.size) { seen.pop }.tally).to eq(sent.tally)
    end

    it "yield record by record and keep the rest for later" do
      begin_group
      one = member
      sent = [0, 1].flat_map { |number| fill(3, number).map { |offset| [number, offset] } }
      found = Array.new(6) { within(30) { one.first } }.map { |record| [record.partition, record.offset] }
      expect(found).to match_array(sent)
    end
  end

  it "wake when interrupted or closed, and name themselves in statistics", statement: [133, 134, 135] do
    names = Thread::Queue.new
    Rdkafka::Config.statistics_callback = ->(statistics) { names << statistics["name"] }
    one = member("statistics.interval.ms": 100)
    poller = Thread.new { one.poll(-1) }
    poller.report_on_exception = false
    expect(within(10) { Array.new(3) { names.pop } }.uniq).to eq([one.name])
    expect(code_of { one.poll(0) }).to eq(:conflict)
    poller.raise(IOError)
    expect { within(5) { poller.value } }.to raise_error(IOError)

    poller = blocked { one.poll(-1) }
    expect([within(20) { one.close }, within(5) { poller.value }]).to eq([nil, []])
  ensure
    Rdkafka::Config.statistics_callback = nil
  end
end
