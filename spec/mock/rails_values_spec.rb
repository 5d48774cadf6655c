# frozen_string_literal: true

# The classes of Rails that applications hand to the driver without a thought. The first example of each kind tells what
# Ruby's own class gives.
RSpec.describe "Values of Rails", gem: "activesupport" do
  before do
    require "active_support/all"
    Time.zone = "Tokyo"
  end

  let(:topic) { new_topic }
  let(:moment) { Time.at(1_505_069_646, 353_000, :microsecond) }
  let(:ms) { 1_505_069_646_353 }

  times = {
    "Time" => ->(moment) { moment },
    "TimeWithZone" => :in_time_zone.to_proc,
    "a subclass of Time" => ->(moment) { Class.new(Time).at(moment) },
    "DateTime" => :to_datetime.to_proc,
    "what has to_time" => ->(moment) { Struct.new(:to_time).new(moment) }
  }

  def produced(**)
    client = producer
    client.produce(topic: topic, partition: 0, payload: "p", **).wait
    consume(consumer_of(topic), 1).first
  end

  def consumer_of(topic)
    consumer.tap { |made| made.subscribe(topic) }
  end

  def list(offset)
    Rdkafka::Consumer::TopicPartitionList.new.tap do |made|
      made.add_topic_and_partitions_with_offsets(topic, 0 => offset)
    end
  end

  times.each do |name, made_of|
    it "may be timestamps: #{name}" do
      expect(produced(timestamp: made_of.call(moment)).timestamp).to eq(moment)
    end

    it "may be offsets in lists: #{name}" do
      taken = KarafkaNative::Native.list_round_trip(list(made_of.call(moment)))

      expect(taken.to_h[topic].first.offset).to be_within(1).of(ms)
    end

    it "may be asked for by offsets_for_times: #{name}" do
      produced(timestamp: ms)

      expect(consumer.offsets_for_times(list(made_of.call(moment))).to_h[topic].first.offset).to be_an(Integer)
    end
  end

  it "may be relative times" do
    expect(produced(timestamp: 1.hour.ago).timestamp).to be_within(60).of(Time.now - 3600)
  end

  refused = { "a String" => "2017-09-10", "a Float" => 1.5, "a Symbol" => :now,
              "a Struct" => Struct.new(:to_i).new(5), "Data" => Data.define(:usec).new(usec: 1) }
  refused.each do |name, value|
    it "do not make #{name} a timestamp" do
      client = unreachable_producer

      expect { client.produce(topic: topic, timestamp: value) }
        .to raise_error(TypeError, "Timestamp has to be nil, an Integer or a Time")
    end
  end

  it "do not make a Duration a timestamp" do
    expect { unreachable_producer.produce(topic: topic, timestamp: 5.minutes) }.to raise_error(TypeError, /Timestamp/)
  end

  it "may be texts" do
    text = ->(value) { ActiveSupport::SafeBuffer.new(value) }
    message = produced(payload: text["p"], key: text["k"], headers: { text["h"] => text["v"], "l" => [text["w"]] })

    expect([message.payload, message.key, message.headers]).to eq(["p", "k", { "h" => "v", "l" => "w" }])
    expect(message.payload.class).to eq(String)
  end

  it "may be what has to_str" do
    text = ->(value) { Struct.new(:to_str).new(value) }
    client = producer
    client.produce(topic: text[topic], partition: 0, payload: text["p"], key: text["k"]).wait
    message = consume(consumer_of(topic), 1).first

    expect([message.payload, message.key]).to eq(%w[p k])
  end

  it "may be headers and topic options with indifferent access" do
    options = { "request.required.acks": 1 }.with_indifferent_access
    message = produced(headers: { a: "b", c: %w[d e] }.with_indifferent_access, topic_config: options)

    expect(message.headers).to eq("a" => "b", "c" => %w[d e])
  end

  it "may be configurations, with durations and safe texts" do
    options = { "client.id": ActiveSupport::SafeBuffer.new("me"), "session.timeout.ms": 45_000.seconds }
    properties = Rdkafka::Config.new(options.with_indifferent_access).describe_properties

    expect(properties).to include("client.id": "me", "session.timeout.ms": "45000")
  end

  it "may raise, throw or close the client while they are converted" do
    client = unreachable_producer
    raising = Object.new.tap { |value| value.define_singleton_method(:to_str) { raise IOError, "mine" } }
    throwing = Object.new.tap { |value| value.define_singleton_method(:to_str) { throw :out, 5 } }
    closing_it = Object.new.tap { |value| value.define_singleton_method(:to_str) { client.close || "p" } }

    expect { client.produce(topic: topic, payload: raising) }.to raise_error(IOError, "mine")
    expect(catch(:out) { client.produce(topic: topic, payload: throwing) }).to eq(5)
    expect { client.produce(topic: topic, payload: closing_it) }.to raise_error(Rdkafka::ClosedProducerError)
  end
end
