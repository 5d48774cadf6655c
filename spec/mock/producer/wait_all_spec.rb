# frozen_string_literal: true

RSpec.describe "Rdkafka::Producer.wait_all" do
  let(:client) { producer }
  let(:topic) { new_topic }
  let(:stranded) { unreachable_producer }
  let(:pending) { stranded.produce(topic: "t", payload: "a", label: :pending) }

  def wait_all(...)
    Rdkafka::Producer.wait_all(...)
  end

  def produce(count, from = client)
    Array.new(count) { |number| from.produce(topic: topic, payload: "a", partition: 0, label: number) }
  end

  it "returns the reports of all in order", :gc do
    found = wait_all(produce(200))

    expect(found.reports.map(&:label)).to eq([*0...200])
    expect(found.reports.map(&:offset)).to eq([*0...200])
    expect(found.reports.first).to have_attributes(error: nil, topic: topic, status: 2, broker_id: 1)
    expect([found.pending, found.failed, found.delivered?]).to eq([[], [], true])
  end

  it "takes whatever can be gone through, and nothing at all" do
    expect(wait_all(produce(3).to_set).reports.size).to eq(3)
    expect(wait_all(produce(3).each).reports.size).to eq(3)
    expect(wait_all([])).to have_attributes(reports: [], pending: [], delivered?: true)
  end

  it "takes handles of several producers, and some twice" do
    handles = produce(3) + produce(3, producer)
    found = wait_all(handles + handles.reverse)

    expect(found.reports.map(&:label)).to eq([0, 1, 2, 0, 1, 2, 2, 1, 0, 2, 1, 0])
  end

  it "tells those that failed" do
    failing = stranded.produce(topic: "t", payload: "a", label: :failed)
    stranded.purge
    found = wait_all([*produce(1), failing])

    expect(found.reports.map { |report| report.error&.code }).to eq([nil, :purge_queue])
    expect(found.failed.map(&:label)).to eq([:failed])
    expect([found.pending, found.delivered?]).to eq([[], false])
  end

  it "tells those that were not done in time" do
    delivered = produce(1).first.tap(&:wait)
    found = wait_all([pending, delivered, pending], max_wait_timeout_ms: 20)

    expect(found.reports.map { |report| report&.label }).to eq([nil, 0, nil])
    expect([found.pending, found.delivered?]).to eq([[pending, pending], false])
    expect(wait_all([pending], max_wait_timeout_ms: 0).pending).to eq([pending])
  end

  it "waits for ever when it is told to" do
    waiting = blocked(pending) { |handle| wait_all([handle], max_wait_timeout_ms: nil) }
    stranded.purge

    expect(waiting.value.failed.size).to eq(1)
  end

  it "gets the handles of a producer that is closed" do
    handles = produce(3)
    client.close

    expect(wait_all(handles)).to be_delivered
  end

  it "takes handles that are made by hand" do
    by_hand = Rdkafka::Producer::DeliveryHandle.new
    expect(wait_all([by_hand], max_wait_timeout_ms: 0).pending).to eq([by_hand])

    by_hand[:offset] = 7
    by_hand[:response] = 0
    by_hand[:pending] = false

    expect(wait_all([by_hand]).reports.first.offset).to eq(7)
  end

  it "makes new reports each time" do
    handles = produce(1)

    expect(wait_all(handles).reports.first).not_to equal(wait_all(handles).reports.first)
  end

  it "refuses what is no handle, and names it" do
    expect { wait_all([pending, "handle"]) }
      .to raise_error(TypeError, "handles[1] has to be a Rdkafka::Producer::DeliveryHandle, not String")
    expect { wait_all(nil) }.to raise_error(TypeError, "handles has to be an Array, not NilClass")
    expect { wait_all([pending], max_wait_timeout_ms: "1") }.to raise_error(TypeError)
  end

  describe "with several threads" do
    it "lets others run" do
      waiting = blocked(pending) { |handle| wait_all([handle]) }
      expect(Thread.new { :ran }.value).to eq(:ran)
      stranded.purge
      waiting.join(10)
    end

    it "ends for all that wait for the same" do
      handles = [pending, *produce(1)]
      waiting = Array.new(4) { blocked { wait_all(handles) } }
      stranded.purge

      expect(waiting.map { |thread| thread.value.failed.size }).to eq([1] * 4)
    end

    it "can be interrupted, and called again" do
      handles = [*produce(1), pending, *produce(1)]
      error = Class.new(StandardError)
      waiting = blocked { wait_all(handles, max_wait_timeout_ms: nil) }
      waiting.raise(error)
      expect { waiting.value }.to raise_error(error)

      killed = blocked { wait_all(handles, max_wait_timeout_ms: nil) }
      killed.kill
      expect(killed.join(10)).to equal(killed)

      stranded.purge
      expect(wait_all(handles).reports.map { |report| report.error&.code }).to eq([nil, :purge_queue, nil])
    end

    it "does not lose the handles when the garbage is collected meanwhile" do
      count = 50
      waiting = Thread.new { wait_all(Array.new(count) { |n| client.produce(topic: topic, label: "l#{n}") }) }
      3.times { GC.start && GC.compact }

      expect(waiting.value.reports.map(&:label)).to eq(Array.new(count) { |n| "l#{n}" })
    end
  end

  describe "in fibers", gem: "async" do
    before { require "async" }

    it "lets others run, and ends with the last of all, whichever that is" do
      slow = producer("linger.ms": 100)
      order = []
      found = within(20) do
        Sync do |task|
          handles = [*produce(2, slow), *produce(2), *produce(2, slow)]
          waiting = task.async { wait_all(handles).tap { order << :waited } }
          task.async { order << :other }
          waiting.wait
        end
      end

      expect(order).to eq(%i[other waited])
      expect(found.reports.size).to eq(6)
      expect(found).to be_delivered
    end

    it "ends in time" do
      delivered = produce(1).each(&:wait)
      found = within(20) { Sync { wait_all([*delivered, pending], max_wait_timeout_ms: 30) } }

      expect(found.pending).to eq([pending])
    end

    it "can be stopped" do
      stopped = within(20) do
        Sync do |task|
          waiting = task.async { wait_all([pending], max_wait_timeout_ms: nil) }
          waiting.stop
          waiting.stopped?
        end
      end

      expect(stopped).to be(true)
    end
  end
end
