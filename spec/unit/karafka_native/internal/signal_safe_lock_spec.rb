# frozen_string_literal: true

RSpec.describe KarafkaNative::Internal::SignalSafeLock do
  subject(:lock) { described_class.new }

  it "returns what the block returns, and can be taken again after one that raises" do
    expect { lock.synchronize { raise IOError } }.to raise_error(IOError)

    expect(lock.synchronize { 5 }).to eq(5)
  end

  # Where Ruby raises what other threads send: after a method has been called or has returned.
  def interrupted_after?(steps)
    trace = TracePoint.new(:call, :c_return, :return) { (steps -= 1).negative? && raise(IOError, "interrupted") }
    trace.enable(target_thread: Thread.current) { lock.synchronize { 5 } }
    false
  rescue IOError
    true
  end

  it "can be taken again after an interrupt, wherever that arrives" do
    steps = (0..).find do |count|
      interrupted = interrupted_after?(count)
      expect(Thread.new { lock.synchronize { 6 } }.join(5)&.value).to eq(6)
      !interrupted
    end

    expect(steps).to be_positive
  end

  it "passes on an error of threads that the block raises, without repeating the block" do
    calls = 0

    expect { lock.synchronize { (calls += 1) && raise(ThreadError, "mine") } }.to raise_error(ThreadError, "mine")
    expect(calls).to eq(1)
  end

  it "lets one thread after the other in" do
    inside = 0
    enter = lambda do
      inside += 1
      Thread.pass
      inside.tap { inside -= 1 }
    end
    counts = Array.new(4) { Thread.new { Array.new(50) { lock.synchronize(&enter) } } }

    expect(counts.flat_map(&:value)).to all(eq(1))
  end

  it "does not keep a signal handler waiting for the thread that it has interrupted" do
    expect(run_ruby(<<~RUBY).first.lines(chomp: true)).to eq(["in the handler", "back"])
      require "rdkafka"
      lock = KarafkaNative::Internal::SignalSafeLock.new
      trap(:USR1) { lock.synchronize { puts "in the handler" } }
      lock.synchronize { Process.kill(:USR1, Process.pid) }
      puts "back"
    RUBY
  end
end
