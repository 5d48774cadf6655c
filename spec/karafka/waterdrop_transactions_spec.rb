# frozen_string_literal: true

require_relative "support/karafka_servers"
require_relative "support/waterdrop_clients"
require "waterdrop/producer/testing"

# WaterDrop's transactions on real brokers.
RSpec.describe "WaterDrop's transactions" do
  let(:topic) { kafka_topic }
  let(:id) { unique_name("transactional") }
  let(:producer) { transactional }

  def transactional(id: self.id, **)
    kafka_producer("transactional.id": id, **)
  end

  # What readers see who see only what was committed: everything up to a message that is sent last.
  def committed
    kafka_producer.produce_sync(topic: topic, payload: "end")
    reader = assigned_consumer(topic, "bootstrap.servers": kafka.bootstrap, "isolation.level": "read_committed")
    payloads = []
    within(30) { payloads << consume(reader, 1).first.payload until payloads.last == "end" }
    payloads[0...-1]
  end

  %i[fd thread].each do |mode|
    it "shows what was committed and hides what was not, by #{mode}" do
      producer = transactional(mode: mode)
      events = events_of(producer, "transaction.started", "transaction.committed", "transaction.aborted")
      result = producer.transaction do
        handles = Array.new(3) { |number| producer.produce_async(topic: topic, payload: "yes #{number}") }
        producer.produce_many_sync([{ topic: topic, payload: "many" }])
        handles.size
      end
      producer.transaction do
        producer.produce_sync(topic: topic, payload: "no")
        raise WaterDrop::AbortTransaction
      end
      expect { producer.transaction { producer.produce_async(topic: topic, payload: "no") && raise(KeyError) } }
        .to raise_error(KeyError)

      expect(result).to eq(3)
      expect(committed).to eq(["yes 0", "yes 1", "yes 2", "many"])
      expect(Array.new(6) { next_of(events)[:event].delete_prefix("transaction.") })
        .to eq(%w[started committed started aborted started aborted])
    end
  end

  it "wraps what is sent outside of any" do
    events = events_of(producer, "transaction.committed")
    producer.produce_sync(topic: topic, payload: "one")
    producer.produce_many_sync([{ topic: topic, payload: "two" }, { topic: topic, payload: "three" }])
    producer.buffer(topic: topic, payload: "four")
    producer.flush_sync

    expect(committed).to eq(%w[one two three four])
    expect(events.size).to eq(3)
  end

  it "tells what it gave up" do
    purged = events_of(producer, "message.purged")
    producer.transaction do
      # Nothing is sent before the batch is full or old.
      producer.produce_async(topic: topic, payload: "no", label: "mine")
      raise WaterDrop::AbortTransaction
    end

    expect(next_of(purged)).to include(label: "mine", topic: topic)
  end

  it "commits offsets of a consumer along with messages" do
    send_all(topic, 0...3)
    reader = consumer("bootstrap.servers": kafka.bootstrap, "group.id": group, "enable.auto.commit": false)
    reader.subscribe(topic)
    message = consume(reader, 2).last
    producer.transaction do
      producer.transaction_mark_as_consumed(reader, message)
      raise WaterDrop::AbortTransaction
    end
    expect(committed_offsets(topic)).to eq({ 0 => nil })

    producer.transaction { producer.transaction_mark_as_consumed(reader, message, "note") }
    expect(committed_offsets(topic)).to eq({ 0 => 2 })
  end

  it "is fenced off by a newer producer of the same id" do
    producer.transaction { producer.produce_async(topic: topic, payload: "old") }
    newer = transactional
    newer.transaction { newer.produce_async(topic: topic, payload: "new") }

    expect { producer.transaction { producer.produce_sync(topic: topic, payload: "late") } }
      .to raise_error(Rdkafka::RdkafkaError) { |error| expect(error.code).to eq(:fenced) }
    expect(committed).to eq(%w[old new])
  end

  it "recovers from a fatal error with a client of its own" do
    reloads = events_of(producer, "producer.reloaded")
    producer.config.wait_backoff_on_transaction_fatal_error = 10
    producer.extend(WaterDrop::Producer::Testing)
    producer.transaction { producer.produce_async(topic: topic, payload: "before") }
    producer.trigger_test_fatal_error(47, "made up")
    expect do
      producer.transaction do
        producer.produce_sync(topic: topic, payload: "lost")
      end
    end.to raise_error(StandardError)
    producer.transaction { producer.produce_async(topic: topic, payload: "after") }

    expect(reloads.size).to eq(1)
    expect(committed).to eq(%w[before after])
  end

  it "cannot be closed or left early from inside" do
    expect { producer.transaction { producer.close } }
      .to raise_error(WaterDrop::Errors::ProducerTransactionalCloseAttemptError)
    expect { producer.transaction { break } }.to raise_error(WaterDrop::Errors::EarlyTransactionExitNotAllowedError)
    producer.transaction { producer.produce_async(topic: topic, payload: "fine") }

    expect(committed).to eq(["fine"])
  end

  it "opens a transaction anew in a forked process" do
    outcome = run_child(<<~RUBY, topic: topic, id: id, servers: kafka.bootstrap)
      require "waterdrop"
      make = ->(id) { WaterDrop::Producer.new { |config|
        config.logger = Logger.new(IO::NULL) # a coordinator may be loading
        config.kafka = { "bootstrap.servers": SERVERS, "transactional.id": id }
      } }
      producer = make[ID]
      producer.transaction { producer.produce_async(topic: TOPIC, payload: "parent") }
      Process.wait(fork {
        own = make[ID + "-child"]
        own.transaction { own.produce_async(topic: TOPIC, payload: "child") }
        own.close
      })
      puts $?.exitstatus
      producer.transaction { producer.produce_async(topic: TOPIC, payload: "parent again") }
      producer.close
    RUBY

    expect(outcome).to print_lines(0)
    expect(committed).to eq(["parent", "child", "parent again"])
  end
end
