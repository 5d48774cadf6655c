# frozen_string_literal: true

require "timeout"

# The waiting thread serves the reports itself, in place of the polling thread.
RSpec.describe "Producing messages and waiting for each" do
  let(:topic) { new_topic }
  let(:client) { producer("linger.ms": 0) }

  after { Rdkafka::Config.statistics_callback = nil }

  def produce(from = client) = from.produce(topic: topic, payload: "a", partition: 0)

  def one_by_one(count, from = client) = Array.new(count) { produce(from).wait }

  it "gives each its own report" do
    reports = one_by_one(100)

    expect(reports.map(&:offset)).to eq([*0...100])
    expect(reports).to all(have_attributes(error: nil, topic: topic))
  end

  it "leaves other events to the polling thread" do
    threads = Queue.new
    Rdkafka::Config.statistics_callback = ->(_statistics) { threads << Thread.current }
    client = producer("linger.ms": 0, "statistics.interval.ms": 1)
    threads.clear # creating the client serves the first events

    within(30) { one_by_one(1, client) until threads.size >= 10 }

    expect(Array.new(10) { threads.pop }).not_to include(Thread.current)
  end

  it "leaves the callback of a delivery to the polling thread, if there is one" do
    one_by_one(20)
    threads = Queue.new
    client.delivery_callback = ->(_report) { threads << Thread.current }
    one_by_one(20)

    expect(Array.new(20) { threads.pop }).not_to include(Thread.current)
  end

  it "works in several threads at once, beside one that waits for many" do
    one_by_one(1)
    waiting = Array.new(4) { Thread.new { one_by_one(100) } }
    many = Thread.new { Array.new(20) { Rdkafka::Producer.wait_all(Array.new(5) { produce }).reports.size } }

    within(60) { waiting.each(&:join) && many.join }

    expect(waiting.flat_map(&:value).map(&:error)).to all(be_nil)
    expect(many.value.sum).to eq(100)
  end

  it "can be interrupted at any time, and the wait can be repeated" do
    one_by_one(20)
    interrupted = 0
    within(60) do
      until interrupted >= 20
        handle = produce
        begin
          Timeout.timeout(0.000_05) { handle.wait }
        rescue Timeout::Error
          interrupted += 1
        end
        expect(handle.wait.error).to be_nil
      end
    end
  end

  it "ends when another thread closes the producer" do
    one_by_one(1)
    thread = blocked { loop { produce.wait } }

    within(30) { client.close }

    expect { within(30) { thread.join } }.to raise_error(Rdkafka::ClosedProducerError)
  end
end
