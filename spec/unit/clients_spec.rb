# frozen_string_literal: true

RSpec.describe Rdkafka::Clients do
  let(:journal) { [] }
  let(:log) { StringIO.new }
  let(:clock) { [1_000] }

  # A registry of its own, so that no real client of another example is closed here.
  before do
    stub_const("Rdkafka::Clients::REGISTRY", KarafkaNative::Internal::ClientRegistry.new)
    allow(described_class).to receive(:monotonic_now_ms) { clock.first }
    allow(Rdkafka::Config).to receive(:logger).and_return(Logger.new(log))
  end

  def register(name, lost: 0, takes_ms: 0, &on_close)
    described_class.register(
      FakeClient.new(name, journal, lost: lost) do
        clock[0] += takes_ms
        on_close&.call
      end
    )
  end

  describe ".register" do
    it "hands the client back" do
      client = FakeClient.new("a")

      expect(described_class.register(client)).to equal(client)
    end
  end

  describe ".close_all" do
    it "closes what is open, in order, once" do
      clients = %w[a b c].map { |name| register(name) }
      clients[1].close
      journal.clear

      expect(described_class.close_all).to be_nil
      expect(described_class.close_all).to be_nil
      expect(journal).to eq([["a", :close], ["c", :close]])
    end

    it "closes all before it raises the first error", statement: 97 do
      clients = [register("a") { raise "first" }, register("b") { raise "second" }, register("c")]

      expect { described_class.close_all }.to raise_error("first")
      expect(clients).to all(be_closed)
    end

    it "does nothing in a forked process", statement: 96 do
      client = register("a")

      expect(in_fork { [described_class.close_all, client.closed?, journal] }).to eq([nil, false, []])
    end
  end

  describe ".close_at_exit" do
    it "gives each client what is left of the time", statement: 147 do
      clients = [
        register("a", takes_ms: 10_000), register("b", takes_ms: 25_000), register("c"), register("d", takes_ms: 5)
      ]

      expect(described_class.close_at_exit).to be_nil
      expect(journal).to eq([["a", 30_000], ["b", 20_000], ["c", 0], ["d", 0]])
      expect(clients).to all(be_closed)
    end

    it "observes the timeout that is set" do
      allow(KarafkaNative).to receive(:exit_timeout_ms).and_return(1_500)
      clients = [register("a", takes_ms: 400), register("b")]
      described_class.close_at_exit

      expect(journal).to eq([["a", 1_500], ["b", 1_100]])
      expect(clients).to all(be_closed)
    end

    it "sets no limit without a timeout" do
      allow(KarafkaNative).to receive(:exit_timeout_ms).and_return(nil)
      client = register("a")
      described_class.close_at_exit

      expect(journal).to eq([["a", nil]])
      expect(client).to be_closed
    end

    it "says which clients have given messages up" do
      clients = [register("rdkafka#producer-1", lost: 3), register("rdkafka#producer-2")]
      described_class.close_at_exit

      expect(log.string.lines.size).to eq(1)
      expect(log.string).to match(/WARN.*rdkafka#producer-1 .* gave up 3 undelivered message/)
      expect(clients).to all(be_closed)
    end

    it "closes a client whose name cannot be had" do
      client = register("a", lost: 1)
      allow(client).to receive(:name).and_raise(Rdkafka::ClosedInnerError)
      described_class.close_at_exit

      expect(client).to be_closed
      expect(log.string).to include("FakeClient was still open")
    end

    it "closes all before it raises the first error", statement: 97 do
      clients = [register("a") { raise "first" }, register("b", lost: 1)]

      expect { described_class.close_at_exit }.to raise_error("first")
      expect(clients).to all(be_closed)
      expect(log.string).to include("b was still open")
    end
  end
end
