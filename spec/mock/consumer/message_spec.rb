# frozen_string_literal: true

RSpec.describe Rdkafka::Consumer::Message do
  let(:topic) { new_topic }

  # Sends one message through the cluster.
  def round_trip(**message)
    publish(topic, message)
    consume(assigned_consumer(topic), 1).first
  end

  it "has what was produced", :gc do
    message = round_trip(payload: "payload", key: "key", headers: { "name" => "value" }, timestamp: 1_505_069_646_353)

    expect(message).to have_attributes(
      topic: topic, partition: 0, offset: 0, payload: "payload", key: "key", headers: { "name" => "value" },
      timestamp: Time.at(1_505_069_646, 353, :millisecond)
    )
  end

  it "counts offsets on" do
    publish(topic, "a", "b", "c")

    expect(consume(assigned_consumer(topic), 3).map(&:offset)).to eq([0, 1, 2])
  end

  it "tells its partition" do
    wide = new_topic(partitions: 8)
    publish(wide, { payload: "a", partition: 7 })

    expect(consume(assigned_consumer(wide, { 7 => 0 }), 1).first.partition).to eq(7)
  end

  it "keeps everything in instance variables that can be read and changed" do
    message = round_trip(payload: "payload", key: "key")

    expect(message.instance_variables).to match_array(%i[@topic @partition @payload @key @offset @timestamp @headers])
    message.instance_variable_set(:@payload, nil)
    expect(message.payload).to be_nil
    expect(message).not_to be_frozen
  end

  it "can be changed as any object", :gc do
    message = round_trip(payload: "payload", key: "key")
    message.instance_variable_set(:@mine, [1])
    message.instance_variable_set(:@partition, 7)
    message.remove_instance_variable(:@key)

    expect(message).to have_attributes(payload: "payload", partition: 7, key: nil, offset: 0, topic: topic)
    expect(message.instance_variable_get(:@mine)).to eq([1])
    expect(message).not_to be_instance_variable_defined(:@key)
    expect(message.inspect).to match(/@partition=7.*@payload="payload".*@mine=\[1\]/)
  end

  it "can be copied, frozen and stubbed", :gc do
    message = round_trip(payload: "payload")
    copy = message.dup
    copy.instance_variable_set(:@offset, 7)
    frozen = message.clone(freeze: true)
    allow(message).to receive(:payload).and_return("other")

    expect([message.topic, message.payload]).to eq([topic, "other"])
    expect(copy).to have_attributes(topic: topic, payload: "payload", offset: 7)
    expect(frozen).to have_attributes(topic: topic, payload: "payload", timestamp: message.timestamp)
    expect(frozen).to be_frozen
    expect([message == copy, message.eql?(message)]).to eq([false, true])
  end

  it "is as others are when some have many variables more", :gc do
    publish(topic, *Array.new(6, &:to_s))
    consumer = assigned_consumer(topic)
    messages = Array.new(6) do
      consume(consumer, 1).first.tap { |made| 20.times { |n| made.instance_variable_set(:"@more#{n}", n.to_s) } }
    end
    GC.verify_internal_consistency

    expect(messages.map { |message| [message.payload, message.offset, message.instance_variable_get(:@more19)] })
      .to eq(Array.new(6) { |n| [n.to_s, n, "19"] })
    expect(messages.map { |message| message.instance_variables.size }).to all(eq(27))
  end

  it "outlives its consumer", :gc do
    publish(topic, { payload: "p" * 10_000, key: "k" * 10_000, headers: { "h" => "v" * 10_000 } })
    consumer = assigned_consumer(topic)
    message = consume(consumer, 1).first
    consumer.close
    GC.start

    expect([message.payload, message.key, message.headers["h"]]).to eq(["p" * 10_000, "k" * 10_000, "v" * 10_000])
  end

  it "sums itself up" do
    expect(round_trip(payload: "p" * 41, key: "k", headers: { "a" => "1", "b" => "2" }).to_s)
      .to match(/\A<Message in '#{topic}' with key 'k', payload 'p{40}\.\.\.', .* offset 0, timestamp .+, headers 2>\z/)
  end

  it "can be marshalled" do
    message = round_trip(payload: "payload", headers: { "a" => %w[1 2] })
    copy = Marshal.load(Marshal.dump(message))

    expect(copy).to have_attributes(payload: "payload", headers: { "a" => %w[1 2] }, timestamp: message.timestamp)
  end

  describe "strings" do
    let(:message) { round_trip(payload: "påylöad", key: "këy", headers: { "näme" => "välue" }) }

    it "are binary", :gc, statement: 71 do
      name, value = message.headers.first

      expect([message.topic, message.payload, message.key, name, value].map(&:encoding)).to all(eq(Encoding::BINARY))
      expect([message.payload, message.key, name, value]).to eq(["påylöad".b, "këy".b, "näme".b, "välue".b])
    end

    it "are not frozen, except names of headers", statement: 72 do
      name, value = message.headers.first

      expect([message.topic, message.payload, message.key, value].map(&:frozen?)).to all(be(false))
      expect([name, message.headers]).to all(be_frozen)
    end

    it "belong to one message each", statement: 72 do
      publish(topic, "a", "b")
      first, second = consume(assigned_consumer(topic), 2)
      first.topic << "-changed"

      expect(second.topic).to eq(topic)
    end

    it "find topics and headers by names of other encodings if these are ASCII", statement: 77 do
      message = round_trip(payload: "p", headers: { "name" => "value", "näme" => "other" })

      expect({ topic.encode("UTF-8") => :found }[message.topic]).to eq(:found)
      expect(message.headers["name"]).to eq("value")
      expect(message.headers["näme"]).to be_nil
      expect(message.headers["näme".b]).to eq("other")
    end
  end

  describe "#payload and #key" do
    it "are nil when there is none", :gc do
      publish(topic, { payload: nil, key: "key" }, { payload: "p", key: nil })

      expect(messages_of(topic, 2).map { |message| [message.payload, message.key] }).to eq([[nil, "key"], ["p", nil]])
    end

    it "can both be nil" do
      expect(round_trip(payload: nil)).to have_attributes(payload: nil, key: nil, headers: {})
    end

    it "are empty when they are empty", :gc do
      expect(round_trip(payload: "", key: "")).to have_attributes(payload: "", key: "")
    end

    it "keep every byte" do
      bytes = (0..255).to_a.pack("C*")

      expect(round_trip(payload: bytes, key: bytes.reverse)).to have_attributes(payload: bytes, key: bytes.reverse)
    end

    it "keep what is no UTF-8 and what claims to be something else" do
      expect(round_trip(payload: "\xFF\xFE", key: "ü".encode("UTF-16LE")))
        .to have_attributes(payload: "\xFF\xFE".b, key: "\xFC\x00".b)
    end

    it "can be a megabyte" do
      big = Random.new(1).bytes(999_000)

      expect(round_trip(payload: big).payload).to eq(big)
    end

    it "can be compressed on the way" do
      %w[none gzip snappy lz4 zstd].each do |codec|
        client = producer("compression.type": codec)
        client.produce(topic: topic, payload: codec * 10_000, partition: 0).wait(max_wait_timeout_ms: 20_000)
      end

      expect(messages_of(topic, 5).map(&:payload)).to eq(%w[none gzip snappy lz4 zstd].map { |codec| codec * 10_000 })
    end
  end

  describe "#timestamp" do
    it "has milliseconds, in the local zone" do
      timestamp = round_trip(payload: "p", timestamp: 1_505_069_646_353).timestamp

      expect([timestamp.to_i, timestamp.nsec]).to eq([1_505_069_646, 353_000_000])
      expect(timestamp.utc_offset).to eq(Time.at(1_505_069_646).utc_offset)
    end

    it "is the time of producing unless given" do
      before = Time.now
      timestamp = round_trip(payload: "p").timestamp

      expect(timestamp).to be_between(before - 1, Time.now + 1)
    end

    it "is what a Time was produced with, to the millisecond" do
      expect(round_trip(payload: "p", timestamp: Time.at(1_600_000_000, 123_456, :usec)).timestamp)
        .to eq(Time.at(1_600_000_000, 123, :millisecond))
    end

    it "may lie far away" do
      expect(round_trip(payload: "p", timestamp: 253_402_300_799_999).timestamp.utc.year).to eq(9999)
      expect(messages_of(new_topic.tap { |other| publish(other, { payload: "p", timestamp: 1 }) }).first.timestamp)
        .to eq(Time.at(0, 1, :millisecond))
    end
  end

  describe "#headers" do
    it "are one shared empty Hash when there are none", :gc, statement: 76 do
      expect(round_trip(payload: "p").headers).to equal(Rdkafka::Consumer::Headers::EMPTY_HEADERS)
    end

    it "cannot be changed" do
      expect { round_trip(payload: "p", headers: { "a" => "1" }).headers["b"] = "2" }.to raise_error(FrozenError)
    end

    it "collect the values of a repeated name in order", :gc do
      headers = round_trip(payload: "p", headers: { "a" => %w[3 1 2], "b" => "4", "c" => ["5"] }).headers

      expect(headers).to eq("a" => %w[3 1 2], "b" => "4", "c" => "5")
      expect(headers["a"]).not_to be_frozen
    end

    it "keep their order" do
      names = Array.new(50) { |number| "name #{number * 7 % 50}" }

      expect(round_trip(payload: "p", headers: names.to_h { |name| [name, ""] }).headers.keys).to eq(names)
    end

    it "keep bytes and emptiness" do
      headers = { "" => "", "\xFF".b => "\x00\xFF".b, "nul" => "a\0b" }

      expect(round_trip(payload: "p", headers: headers).headers).to eq(headers.transform_keys(&:b))
    end

    it "are found by String only" do
      headers = round_trip(payload: "p", headers: { name: "value" }).headers

      expect(headers[:name]).to be_nil
      expect(headers["name"]).to eq("value")
    end

    it "can be many, and large" do
      headers = Array.new(1_000) { |number| ["n#{number}", number.to_s * 100] }.to_h

      expect(round_trip(payload: "p", headers: headers).headers).to eq(headers)
    end

    it "belong to tombstones too" do
      expect(round_trip(payload: nil, key: "k", headers: { "a" => "1" })).to have_attributes(
        payload: nil, headers: { "a" => "1" }
      )
    end

    it "are there in batches" do
      publish(topic, { payload: "p", headers: { "a" => %w[1 2] } }, { payload: "q" })
      consumer = assigned_consumer(topic)
      batch = []
      eventually { batch.concat(consumer.poll_batch(100)).size == 2 }

      expect(batch.map(&:headers)).to eq([{ "a" => %w[1 2] }, {}])
    end
  end
end
