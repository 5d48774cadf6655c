# frozen_string_literal: true

RSpec.describe KarafkaNative::Internal::LogWriter do
  subject(:writer) { described_class.new(logger) }

  let(:lines) { Thread::Queue.new }
  let(:logger) { recorder(lines) }

  after { writer.queue.close }

  def recorder(queue)
    Class.new { define_method(:add) { |*arguments| queue << arguments } }.new
  end

  it "writes what is queued, in order", statement: 80 do
    writer.ensure_thread
    writer.queue << [Logger::INFO, "rdkafka: one"] << [Logger::ERROR, "rdkafka: two"]

    expect(Array.new(2) { lines.pop(timeout: 5) })
      .to eq([[Logger::INFO, "rdkafka: one"], [Logger::ERROR, "rdkafka: two"]])
  end

  it "keeps lines until the thread runs" do
    writer.queue << [Logger::INFO, "early"]

    expect(lines).to be_empty
    writer.ensure_thread
    expect(lines.pop(timeout: 5)).to eq([Logger::INFO, "early"])
  end

  it "asks for the logger at each line" do
    other = Thread::Queue.new
    writer.ensure_thread
    writer.queue << [Logger::INFO, "one"]
    lines.pop(timeout: 5)
    writer.logger = recorder(other)
    writer.queue << [Logger::INFO, "two"]

    expect(other.pop(timeout: 5)).to eq([Logger::INFO, "two"])
  end

  it "has one thread, also when several threads ask for it" do
    before = Thread.list
    Array.new(8) { Thread.new { writer.ensure_thread } }.each(&:join)

    expect((Thread.list - before).map(&:name)).to eq(["rdkafka.log"])
    expect(writer.ensure_thread).to be_nil
  end

  it "replaces a thread that was killed" do
    before = Thread.list
    writer.ensure_thread
    (Thread.list - before).each { |thread| thread.kill.join }
    writer.ensure_thread
    writer.queue << [Logger::INFO, "again"]

    expect(lines.pop(timeout: 5)).to eq([Logger::INFO, "again"])
  end

  it "survives a logger that raises" do
    warned = Thread::Queue.new
    allow(Kernel).to receive(:warn) { |text| warned << text }
    writer.logger = Class.new { def add(*) = raise(IOError, "disk full") }.new
    writer.ensure_thread
    writer.queue << [Logger::INFO, "lost"]

    expect(warned.pop(timeout: 5)).to eq("rdkafka: the logger failed with IOError: disk full")
    writer.logger = logger
    writer.queue << [Logger::INFO, "written"]
    expect(lines.pop(timeout: 5)).to eq([Logger::INFO, "written"])
  end

  [nil, "text", [], [1, "a", "b"], [Logger::INFO, "\xFF\x00".b]].each do |entry|
    it "survives #{entry.inspect} in the queue" do
      writer.ensure_thread
      writer.queue << entry << [Logger::INFO, "next"]

      expect([lines.pop(timeout: 5), lines.pop(timeout: 5)].last).to eq([Logger::INFO, "next"])
    end
  end

  describe ".report" do
    it "logs at once, by the logger's own method if it has one" do
      described_class.report(logger, :error, "one")
      described_class.report(whole = instance_double(Logger, warn: nil), :warn, "two")

      expect(lines.pop(timeout: 0)).to eq([Logger::ERROR, "one"])
      expect(whole).to have_received(:warn).with("two")
    end

    it "raises nothing" do
      failing = Class.new { def add(*) = raise(NotImplementedError, "no logger") }.new

      expect { expect(described_class.report(failing, :warn, "lost")).to be_nil }
        .to output("rdkafka: the logger failed with NotImplementedError: no logger\n").to_stderr
    end
  end

  it "ends with its queue" do
    before = Thread.list
    writer.ensure_thread
    thread = (Thread.list - before).first
    writer.queue.close

    expect(thread.join(5)).to equal(thread)
  end

  it "starts again in a forked process", statement: 2 do
    writer.ensure_thread
    written = in_fork do
      writer.ensure_thread
      20.times { |number| writer.queue << [Logger::DEBUG, number.to_s] }
      Array.new(20) { lines.pop(timeout: 5) }
    end

    expect(written).to eq(Array.new(20) { |number| [Logger::DEBUG, number.to_s] })
  end

  it "writes to standard output by default" do
    expect { described_class.new.logger.info("line") }.to output(/line/).to_stdout
  end

  describe "with a time to linger" do
    subject(:writer) { described_class.new(logger, linger: 0.01) }

    it "ends its thread when there is nothing to write, and starts another" do
      before = Thread.list
      2.times do |number|
        writer.add(Logger::INFO, number.to_s)

        expect(lines.pop(timeout: 5)).to eq([Logger::INFO, number.to_s])
        threads = Thread.list - before
        expect(threads.map { |thread| thread.join(5) }).to eq(threads)
      end
    end

    it "loses no line and swaps none while threads end and start" do
      writer = described_class.new(logger, linger: 0)
      1_000.times do |number|
        writer.add(Logger::INFO, number.to_s)
        Thread.pass if (number % 3).zero?
      end

      expect(Array.new(1_000) { lines.pop(timeout: 5)&.last }).to eq(Array.new(1_000, &:to_s))
    end

    it "keeps lines while there is no thread to be had" do
      allow(Thread).to receive(:new).and_raise(ThreadError, "can't create Thread")
      writer.add(Logger::INFO, "early")
      allow(Thread).to receive(:new).and_call_original
      writer.add(Logger::INFO, "late")

      expect(Array.new(2) { lines.pop(timeout: 5) }).to eq([[Logger::INFO, "early"], [Logger::INFO, "late"]])
    end
  end
end
