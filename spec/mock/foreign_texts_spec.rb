# frozen_string_literal: true

# Texts whose bytes and encodings nobody controls: they may never make a method raise that has done its work, nor end a
# thread.
RSpec.describe "Foreign texts" do
  let(:topic) { new_topic }
  let(:wide) { "b\u00e9".encode("UTF-16LE") }
  let(:latin) { "\xE9".dup.force_encoding("ISO-8859-1") }

  texts = { "invalid UTF-8" => "\xFF\xFE", "binary" => "\xE9\x00\x01".b, "empty" => "",
            "ISO-8859-1" => "\xE9".dup.force_encoding("ISO-8859-1"), "huge" => "x" * 100_000 }

  it "may be topics of a subscription, in encodings that do not fit together" do
    client = consumer

    expect(client.subscribe("é", latin, "\xFF".b)).to be(false)
    expect(client.subscription.count).to eq(3)
  end

  it "may be topics that librdkafka refuses" do
    expect { consumer.subscribe("é", latin, "") }
      .to raise_error(Rdkafka::RdkafkaError) { |e| expect(e.message.b).to include("'é, \xE9, '".b) }
  end

  it "may be metadata of partitions" do
    shown = Rdkafka::Consumer::Partition.new(0, 1, 0, wide).to_s

    expect(shown.b).to eq("<Partition 0 offset=1 metadata=".b + wide.b + ">".b)
    expect { Rdkafka::Consumer::TopicPartitionList.new("é" => [Rdkafka::Consumer::Partition.new(0, 1, 0, latin)]).to_s }
      .not_to raise_error
  end

  texts.each do |name, text|
    it "may be names and values of headers: #{name}" do
      header = text.b.delete("\0")
      client = producer("message.max.bytes": 1_000_000)
      client.produce(topic: topic, partition: 0, headers: { "h#{header}" => text }).wait
      message = consume(assigned_consumer(topic), 1).first

      expect(message.headers.transform_keys(&:b)).to eq("h#{header}".b => text.b)
      expect { message.to_s + message.inspect }.not_to raise_error
    end

    it "may be group ids, and the member ids that follow from them: #{name}" do
      id = text.b.delete("\0").byteslice(0, 200)
      client = consumer("group.id": "g#{id}", "client.id": "c#{id}")
      client.subscribe(topic)
      client.poll(0)

      expect { client.member_id.to_s + client.name + client.inspect }.not_to raise_error
    end

    it "may be what a delivery callback raises: #{name}" do
      lines = Thread::Queue.new
      allow(Rdkafka::Config.logger).to receive(:error) { |line| lines << line }
      client = producer
      client.delivery_callback = ->(_) { raise IOError, text }
      client.produce(topic: topic, partition: 0).wait

      expect(lines.pop(timeout: 10).b).to start_with("Unhandled exception: IOError - ")
    end

    it "may be the text of an error: #{name}" do
      error = Rdkafka::RdkafkaError.new(1, "é", broker_message: text, instance_name: "ü")

      expect(error.message.b).to include(text.b)
      expect { error.inspect + error.full_message }.not_to raise_error
    end
  end

  it "may be what a delivery callback raises in a wide encoding" do
    lines = Thread::Queue.new
    allow(Rdkafka::Config.logger).to receive(:error) { |line| lines << line }
    client = producer
    client.delivery_callback = ->(_) { raise IOError, wide }
    client.produce(topic: topic, partition: 0).wait

    expect(lines.pop(timeout: 10).b).to eq("Unhandled exception: IOError - ".b + wide.b)
  end

  it "with a null byte are refused before anything happens" do
    client = consumer

    expect { client.subscribe("ok", "a\0b") }.to raise_error(ArgumentError, /null byte/)
    expect(client.subscription).to be_empty
    expect { config("group.id": "a\0b").consumer }.to raise_error(ArgumentError, /null byte/)
  end
end
