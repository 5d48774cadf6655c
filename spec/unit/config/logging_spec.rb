# frozen_string_literal: true

RSpec.describe "Logging of all clients" do
  let(:config) { Rdkafka::Config }
  let(:lines) { Thread::Queue.new }
  let(:logger) { Class.new { define_method(:add) { |*arguments| @queue << arguments } }.new }

  around do |example|
    before = config.logger
    example.run
  ensure
    config.logger = before
  end

  before { logger.instance_variable_set(:@queue, lines) }

  it "has a Logger by default" do
    expect(config.logger).to be_a(Logger)
  end

  it "refuses to be without a logger", statement: 78 do
    expect { config.logger = nil }
      .to raise_error(Rdkafka::Config::NoLoggerError, "Rdkafka::Config::NoLoggerError")
    expect(config.logger).not_to be_nil
  end

  it "does not check the logger any further" do
    [logger, 5, false].each do |anything|
      config.logger = anything

      expect(config.logger).to equal(anything)
    end
  end

  it "is shared by subclasses" do
    Class.new(config).logger = logger

    expect(config.logger).to equal(logger)
  end

  it "has one queue" do
    expect(config.log_queue).to be_a(Thread::Queue).and equal(config.log_queue)
  end

  it "writes what is queued to the logger of the moment", statement: 80 do
    config.logger = logger
    config.ensure_log_thread
    config.log_queue << [Logger::WARN, "rdkafka: line"]

    expect(lines.pop(timeout: 5)).to eq([Logger::WARN, "rdkafka: line"])
  end

  it "can be used in a signal handler" do
    config.logger = logger
    config.ensure_log_thread
    before = trap("USR2") do
      config.ensure_log_thread
      config.log_queue << [Logger::WARN, "from the handler"]
    end
    Process.kill("USR2", Process.pid)

    expect(lines.pop(timeout: 5)).to eq([Logger::WARN, "from the handler"])
  ensure
    trap("USR2", before || "DEFAULT")
  end

  it "is no BaseError that a missing logger raises" do
    expect(Rdkafka::Config::NoLoggerError.superclass).to eq(RuntimeError)
  end
end
