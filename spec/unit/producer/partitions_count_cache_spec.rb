# frozen_string_literal: true

RSpec.describe Rdkafka::Producer::PartitionsCountCache do
  subject(:cache) { described_class.new(ttl_ms: 1_000) }

  let(:clock) { [50_000] }

  before { allow(cache).to receive(:monotonic_now_ms) { clock.first } }

  def later(milliseconds)
    clock[0] += milliseconds
  end

  def never
    raise "must not be asked for"
  end

  describe "#get" do
    it "asks for what it does not know" do
      expect(cache.get("t") { 5 }).to eq(5)
      expect(cache.to_h).to eq("t" => [50_000, 5])
    end

    it "does not ask while the entry is fresh", statement: 45 do
      cache.set("t", 5)
      later(1_000)

      expect(cache.get("t") { never }).to eq(5)
    end

    it "asks again once the entry has expired", statement: 45 do
      cache.set("t", 5)
      later(1_001)

      expect(cache.get("t") { 7 }).to eq(7)
      expect(cache.to_h).to eq("t" => [51_001, 7])
    end

    it "adopts a lower count once the entry has expired", statement: 46 do
      cache.set("t", 5)
      later(1_001)

      expect(cache.get("t") { 3 }).to eq(3)
      expect(cache.get("t") { never }).to eq(3)
    end

    it "returns what another thread found out meanwhile, if it is more" do
      count = cache.get("t") do
        cache.set("t", 9)
        5
      end

      expect(count).to eq(9)
    end

    it "returns what was looked up when the cache was cleared meanwhile" do
      allow(cache).to receive(:set).and_wrap_original do |original, *arguments|
        original.call(*arguments)
        cache.to_h.clear
      end

      expect(cache.get("t") { 5 }).to eq(5)
    end

    it "keeps that a topic does not exist", statement: 40 do
      expect(cache.get("t") { -1 }).to eq(-1)
      expect(cache.get("t") { never }).to eq(-1)
    end

    it "keeps topics apart, and finds them whatever their encoding", statement: 77 do
      cache.set("one", 1)
      cache.set("two", 2)

      expect(cache.get("one".b) { never }).to eq(1)
      expect(cache.get("two") { never }).to eq(2)
    end

    it "lets errors through and keeps nothing" do
      expect { cache.get("t") { raise Rdkafka::RdkafkaError, -195 } }.to raise_error(Rdkafka::RdkafkaError)
      expect(cache.to_h).to be_empty
    end

    [nil, "5", 5.0].each do |bad|
      it "refuses #{bad.inspect}" do
        expect { cache.get("t") { bad } }.to raise_error(TypeError, "count has to be an Integer, got #{bad.inspect}")
        expect(cache.to_h).to be_empty
      end
    end

    it "can be asked from several threads at once" do
      counts = Array.new(8) { |number| Thread.new { cache.get("t") { number } } }.map(&:value)

      expect(counts.max).to eq(cache.get("t") { never })
    end
  end

  describe "#set" do
    it "adopts a higher count at any time", statement: 47 do
      cache.set("t", 5)
      later(10)
      cache.set("t", 6)
      expect(cache.to_h).to eq("t" => [50_010, 6])

      later(5_000)
      cache.set("t", 7)
      expect(cache.to_h).to eq("t" => [55_010, 7])
    end

    it "ignores a lower count while the entry is fresh, but confirms it", statement: 46 do
      cache.set("t", 5)
      later(1_000)
      cache.set("t", 3)

      expect(cache.to_h).to eq("t" => [51_000, 5])
    end

    it "adopts a lower count once the entry has expired", statement: 46 do
      cache.set("t", 5)
      later(1_001)
      cache.set("t", 3)

      expect(cache.to_h).to eq("t" => [51_001, 3])
    end

    it "confirms an equal count", statement: 48 do
      cache.set("t", 5)
      later(700)
      cache.set("t", 5)
      later(700)

      expect(cache.get("t") { never }).to eq(5)
    end

    it "ends with the maximum of what several threads set", statement: 47 do
      gate = Thread::Queue.new
      threads = Array.new(8) do |number|
        Thread.new do
          gate.pop
          100.times { |round| cache.set("t", (round * 8) + number) }
        end
      end
      gate.close
      threads.each(&:join)

      expect(cache.to_h["t"].last).to eq(799)
    end

    [nil, "5", 5.0, :many].each do |bad|
      it "refuses #{bad.inspect}" do
        cache.set("t", 5)

        expect { cache.set("t", bad) }.to raise_error(TypeError, "count has to be an Integer, got #{bad.inspect}")
        expect(cache.to_h).to eq("t" => [50_000, 5])
      end
    end

    it "does not keep the caller's String" do
      topic = +"t"
      cache.set(topic, 5)
      topic << "changed"

      expect(cache.to_h.keys).to eq(["t"])
    end
  end

  describe "#to_h" do
    it "can be used to clear the cache" do
      cache.set("t", 5)
      cache.to_h.clear

      expect(cache.get("t") { 7 }).to eq(7)
    end
  end

  describe "#initialize" do
    def expires_after?(cache, milliseconds)
      now = [0]
      allow(cache).to receive(:monotonic_now_ms) { now.first }
      cache.set("t", 5)
      now[0] = milliseconds
      fresh = cache.get("t") { 1 } == 5
      now[0] = 0
      cache.to_h.clear
      cache.set("t", 5)
      now[0] = milliseconds + 1
      fresh && cache.get("t") { 1 } == 1
    end

    it "keeps entries for 30 seconds by default", statement: 49 do
      expect { expect(expires_after?(described_class.new, 30_000)).to be(true) }.not_to output.to_stderr
    end

    it "reads the default at each call" do
      stub_const("Rdkafka::Defaults::PARTITIONS_COUNT_CACHE_TTL_MS", 70)

      expect(expires_after?(described_class.new, 70)).to be(true)
    end

    it "takes milliseconds" do
      expect { expect(expires_after?(described_class.new(ttl_ms: 500), 500)).to be(true) }.not_to output.to_stderr
    end

    it "takes seconds, with a warning", statement: [49, 89] do
      expect { expect(expires_after?(described_class.new(2), 2_000)).to be(true) }
        .to output(/DEPRECATION WARNING: ttl \(seconds\).* ttl_ms/).to_stderr
      expect { expect(expires_after?(described_class.new(0.5), 500)).to be(true) }.to output.to_stderr
    end

    it "prefers milliseconds, with another warning", statement: [49, 89] do
      expect { expect(expires_after?(described_class.new(10, ttl_ms: 500), 500)).to be(true) }
        .to output(/DEPRECATION WARNING: .*got ttl and ttl_ms/).to_stderr
    end

    it "names a time that is no number" do
      expect { described_class.new(ttl_ms: nil) }.to raise_error(TypeError, "ttl_ms has to be a number, not NilClass")
      expect { described_class.new(ttl_ms: "1") }.to raise_error(TypeError, "ttl_ms has to be a number, not String")
      expect { expect { described_class.new(nil) }.to raise_error(TypeError, "ttl has to be a number, not NilClass") }
        .to output.to_stderr
    end
  end
end
