# frozen_string_literal: true

RSpec.describe Rdkafka::Consumer::Message do
  subject(:message) { build }

  # The driver fills messages in without calling `initialize`.
  def build(**fields)
    defaults = {
      topic: "events".b, partition: 3, payload: "payload".b, key: "key".b, offset: 42,
      timestamp: Time.at(1_505_069_646, 353_000, :usec).utc, headers: Rdkafka::Consumer::Headers::EMPTY_HEADERS
    }
    described_class.allocate.tap do |message|
      defaults.merge(fields).each { |name, value| message.instance_variable_set(:"@#{name}", value) }
    end
  end

  it "reads its instance variables" do
    expect(message).to have_attributes(
      topic: "events", partition: 3, payload: "payload", key: "key", offset: 42,
      timestamp: Time.at(1_505_069_646, 353_000, :usec), headers: {}
    )
  end

  it "lets its payload be released" do
    message.instance_variable_set(:@payload, nil)

    expect(message.payload).to be_nil
  end

  it "can be copied and moved to another offset", :gc do
    copy = message.dup
    copy.instance_variable_set(:@offset, 7)

    expect([copy.offset, message.offset]).to eq([7, 42])
    expect(copy).not_to be_frozen
  end

  it "is equal to itself only" do
    expect(build).not_to eq(build)
  end

  it "can be made by hand, with a timestamp in ms" do
    message = described_class.new("topic", 1, "payload", "key", 2, 1_505_069_646_353, {})

    expect(message).to have_attributes(topic: "topic", partition: 1, payload: "payload", key: "key", offset: 2)
    expect(message.timestamp).to eq(Time.at(1_505_069_646, 353, :millisecond))
  end

  it "can have subclasses with variables of their own" do
    special = Class.new(described_class) do
      attr_reader :extra

      def initialize(*fields, extra)
        super(*fields)
        @extra = extra
      end

      def size = @payload.size
    end

    expect(special.new("t", 0, "12345", nil, 0, nil, {}, :more)).to have_attributes(topic: "t", size: 5, extra: :more)
  end

  it "can be frozen, and still has a topic, and a timestamp" do
    message = build(topic: "events".b.freeze, timestamp: 1_505_069_646_353).freeze

    expect(message.timestamp).to eq(Time.at(1_505_069_646, 353, :millisecond))
    expect(message.topic << "!").to eq("events!")
    expect(message.to_s).to include("'events'")
  end

  it "tells nil from empty" do
    expect(build(payload: nil, key: "").payload).to be_nil
    expect(build(payload: nil, key: "").key).to eq("")
  end

  describe "#to_s" do
    it "sums the message up" do
      expect(message.to_s).to eq(
        "<Message in 'events' with key 'key', payload 'payload', partition 3, offset 42, " \
        "timestamp 2017-09-10 18:54:06 UTC>"
      )
    end

    it "counts headers" do
      expect(build(headers: { "a" => %w[x y], "b" => "z" }.freeze).to_s).to end_with("UTC, headers 2>")
    end

    it "shows nil as nothing" do
      expect(build(key: nil, payload: nil, timestamp: nil).to_s)
        .to eq("<Message in 'events' with key '', payload '', partition 3, offset 42, timestamp >")
    end

    it "cuts key and payload after 40 bytes" do
      text = build(key: "k" * 40, payload: "p" * 41).to_s

      expect(text).to include("key '#{"k" * 40}',", "payload '#{"p" * 40}...',")
    end

    it "counts bytes, not characters" do
      expect(build(payload: ("é" * 21).b).to_s).to include("'#{"é" * 20}...'".b)
      expect(build(payload: "é" * 21).to_s).to include("'#{"é" * 20}...'")
    end

    it "survives bytes that are no text, and megabytes of them" do
      expect(build(key: "\xFF\x00".b, payload: "\xFE".b * 1_048_576).to_s.bytesize).to be < 250
    end

    it "survives texts of different encodings" do
      expect(build(topic: "é".b, key: "ü").to_s).to include("in 'é' with key 'ü'")
    end

    it "survives a message with nothing in it" do
      expect(described_class.allocate.to_s).to start_with("<Message in '' with key ''")
    end
  end
end
