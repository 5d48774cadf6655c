# frozen_string_literal: true

RSpec.describe Rdkafka::RdkafkaError do
  describe "#initialize" do
    [nil, "10", 10.0, :partition_eof, [10]].each do |response|
      it "refuses #{response.inspect} as a code" do
        expect { described_class.new(response) }.to raise_error(TypeError, "Response has to be an integer")
      end
    end

    it "has empty details and no flags by default" do
      error = described_class.new(10)

      expect(error).to have_attributes(
        rdkafka_response: 10, message_prefix: nil, broker_message: nil, instance_name: nil,
        fatal?: false, retryable?: false, abortable?: false
      )
      expect(error.details).to equal(described_class::EMPTY_HASH)
    end

    it "keeps everything as given", statement: 50 do
      details = { partition: 1, offset: 2, topic: "t" }.freeze
      error = described_class.new(
        -172, "prefix", broker_message: "text", fatal: true, retryable: true, abortable: true,
        details: details, instance_name: "rdkafka#producer-1"
      )

      expect(error).to have_attributes(
        rdkafka_response: -172, message_prefix: "prefix", broker_message: "text", details: details,
        instance_name: "rdkafka#producer-1", fatal?: true, retryable?: true, abortable?: true
      )
    end

    it "accepts any prefix" do
      expect(described_class.new(1, []).to_s).to eq("[] - Broker: Offset out of range (offset_out_of_range)")
    end

    it "does not take the fatal marker for a fatal error", statement: 52 do
      expect(described_class.new(-150)).to have_attributes(fatal?: false, code: :fatal)
    end
  end

  it "has frozen shared details", statement: 72 do
    expect(described_class::EMPTY_HASH).to be_frozen.and eq({})
  end

  describe "#code" do
    it "is the symbol of every code that librdkafka 2.16.0 knows", librdkafka: "2.16" do
      lines = File.readlines(File.expand_path("../fixtures/error_codes.txt", __dir__), chomp: true)
      known = lines.reject { |line| line.start_with?("#") }.map(&:split)

      expect(known.size).to be > 150
      expect(known.map { |code, _| [code, described_class.new(Integer(code)).code.to_s] }).to eq(known)
    end

    it "is unique" do
      codes = (-250..250).map { |response| described_class.new(response).code }

      expect(codes.uniq.size).to eq(codes.size)
    end

    {
      -191 => :partition_eof, 10 => :msg_size_too_large, 0 => :no_error, -1 => :unknown, -152 => :purge_queue,
      -185 => :timed_out, 933_975 => :err_933975?, 10_243_534 => :err_10243534?, -(2**31) => :"err_-2147483648?",
      (2**31) - 1 => :err_2147483647?, 2**31 => :err_2147483648?, 2**70 => :err_1180591620717411303424?
    }.each do |response, code|
      it "is #{code.inspect} for #{response}" do
        expect(described_class.new(response).code).to eq(code)
      end
    end
  end

  describe "#to_s" do
    it "is description and code" do
      expect(described_class.new(10).to_s).to eq("Broker: Message size too large (msg_size_too_large)")
    end

    it "puts the prefix in front, an empty one too" do
      expect(described_class.new(10, "Error").to_s).to start_with("Error - Broker: ")
      expect(described_class.new(10, "").to_s).to start_with(" - Broker: ")
    end

    it "names the client", statement: 81 do
      expect(described_class.new(10, instance_name: "rdkafka#producer-7").to_s)
        .to end_with("(msg_size_too_large) [rdkafka#producer-7]")
    end

    it "puts the broker message on a line of its own" do
      error = described_class.new(10, broker_message: "text", instance_name: "name")

      expect(error.to_s).to eq("Broker: Message size too large (msg_size_too_large) [name]\ntext")
    end

    it "leaves out an empty broker message" do
      expect(described_class.new(10, broker_message: "").to_s).not_to include("\n")
    end

    it "describes unknown codes" do
      expect(described_class.new(933_975).to_s).to eq("Err-933975? (err_933975?)")
      expect(described_class.new(2**70).to_s).to start_with("Err-1180591620717411303424? (err_")
    end

    it "is UTF-8", statement: 73 do
      error = described_class.new(10, "Präfix", broker_message: "text".b, instance_name: "name".b)

      expect(error.to_s.encoding).to eq(Encoding::UTF_8)
    end

    it "is UTF-8 without a prefix, and with a binary one that is ASCII", statement: 73 do
      [[], ["prefix".b], [:prefix]].each do |prefix|
        expect(described_class.new(10, *prefix).to_s.encoding).to eq(Encoding::UTF_8)
      end
    end

    it "is binary with a binary prefix that is not ASCII", statement: 73 do
      expect(described_class.new(10, "\xFF".b).to_s.encoding).to eq(Encoding::BINARY)
    end

    it "does not raise when encodings do not fit together" do
      expect(described_class.new(10, "é".b, broker_message: "ü").to_s)
        .to eq("é - Broker: Message size too large (msg_size_too_large)\nü")
      expect(described_class.new(10, "\xFF".b, broker_message: "ü").to_s)
        .to eq("\xFF - Broker: Message size too large (msg_size_too_large)\nü".b)
    end

    it "is the message" do
      error = described_class.new(10, "Error")

      expect(error.message).to eq(error.to_s)
    end
  end

  describe "#is_partition_eof?" do
    it "is true for the end of a partition only" do
      expect(described_class.new(-191)).to be_is_partition_eof
      expect(described_class.new(10)).not_to be_is_partition_eof
    end
  end

  describe "#==" do
    it "compares what the errors say" do
      expect(described_class.new(10, "Error")).to eq(described_class.new(10, "Error", fatal: true))
      expect(described_class.new(10, "Error")).not_to eq(described_class.new(10))
      expect(described_class.new(10)).not_to eq(described_class.new(11))
      expect(described_class.new(10, broker_message: "one")).not_to eq(described_class.new(10, broker_message: "two"))
    end

    it "is false for other objects" do
      error = described_class.new(10)

      [nil, 10, error.to_s, RuntimeError.new(error.to_s), BasicObject].each { |other| expect(error).not_to eq(other) }
    end

    it "accepts a subclass on the right only" do
      list_error = Rdkafka::RdkafkaTopicPartitionListError.new(10, nil, "Error")

      expect(described_class.new(10, "Error") == list_error).to be(true)
      expect(list_error == described_class.new(10, "Error")).to be(false)
    end
  end

  it "survives marshalling", :gc do
    error = described_class.new(
      10, "Error", broker_message: "\xFF".b, fatal: true, details: { topic: "t".b }, instance_name: "name"
    )
    copy = Marshal.load(Marshal.dump(error))

    expect(copy).to eq(error)
    expect(copy).to have_attributes(code: :msg_size_too_large, fatal?: true, details: { topic: "t" })
  end

  it "is rescued as a BaseError and as a RuntimeError" do
    expect(described_class.ancestors).to include(Rdkafka::BaseError, RuntimeError)
  end
end
