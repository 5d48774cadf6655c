# frozen_string_literal: true

RSpec.describe Rdkafka::Config do
  subject(:config) { described_class.new }

  %i[statistics_callback error_callback oauthbearer_token_refresh_callback].each do |name|
    describe "##{name}" do
      it "is none, unless it is set" do
        expect(config.public_send(name)).to be_nil
      end

      it "can be a lambda, a method or any object with call, and be taken away" do
        [-> {}, method(:puts), Class.new { def call(*) = nil }.new, nil].each do |callback|
          config.public_send(:"#{name}=", callback)

          expect(config.public_send(name)).to equal(callback)
        end
      end

      ["call", :call, 5, false, Object.new].each do |bad|
        it "cannot be a #{bad.class}" do
          config.public_send(:"#{name}=", callback = -> {})

          expect { config.public_send(:"#{name}=", bad) }.to raise_error(TypeError, "Callback has to be callable")
          expect(config.public_send(name)).to equal(callback)
        end
      end

      it "is neither that of the process nor that of another configuration" do
        config.public_send(:"#{name}=", -> {})

        expect([described_class, described_class.new].map { |other| other.public_send(name) }).to eq([nil, nil])
      end
    end
  end

  describe "#logger" do
    it "is none, unless it is set" do
      expect(config.logger).to be_nil
    end

    it "can be whatever has a method add, and be taken away" do
      [Logger.new(IO::NULL), Class.new { def add(*) = nil }.new, nil].each do |logger|
        config.logger = logger

        expect(config.logger).to equal(logger)
      end
    end

    ["add", :add, 5, false, Object.new].each do |bad|
      it "cannot be a #{bad.class}", :untyped do
        config.logger = logger = Logger.new(IO::NULL)

        expect { config.logger = bad }.to raise_error(TypeError, "Logger has to have a method add")
        expect(config.logger).to equal(logger)
      end
    end

    it "is not that of the process" do
      config.logger = logger = Logger.new(IO::NULL)

      expect(described_class.logger).not_to equal(logger)
    end
  end

  it "shows no callbacks when it is inspected" do
    config.error_callback = -> {}
    config.logger = Logger.new(IO::NULL)

    expect(config.inspect).to eq("#<Rdkafka::Config {}>")
  end
end
