# frozen_string_literal: true

require_relative "support/karafka_servers"
require_relative "support/waterdrop_clients"

# Several servers in one group, of which one dies.
RSpec.describe "A group of Karafka's servers" do
  let(:partitions) { 6 }
  # A third at the start, one while a server joins, one after another was killed.
  let(:third) { Integer(ENV.fetch("KN_MESSAGES", "100000")) / 3 }

  {
    "eager" => '"partition.assignment.strategy": "range", "session.timeout.ms": 2_000, "heartbeat.interval.ms": 200',
    "cooperative" => '"partition.assignment.strategy": "cooperative-sticky", "session.timeout.ms": 2_000, ' \
                     '"heartbeat.interval.ms": 200',
    "new" => '"group.protocol": "consumer"'
  }.each do |protocol, settings|
    it "consumes every message at least once, by the #{protocol} protocol", :rebalance do
      topic = kafka_topic(partitions: partitions)
      script = <<~RUBY
        App.quick(#{settings}, "auto.commit.interval.ms": 200) { |config| config.max_messages = 200 }
        class Ranges < Karafka::BaseConsumer
          def consume
            tell(:batch, partition: partition, first: messages.first.offset, last: messages.last.offset)
          end
        end
        App.route(Ranges)
      RUBY
      seen = Hash.new { |offsets, partition| offsets[partition] = Set.new }
      counted = 0
      consumed = lambda do |batches|
        batches.drop(counted).each { |event| seen[event["partition"]].merge(event["first"]..event["last"]) }
        counted = batches.size
        seen.values.sum(&:size)
      end
      send_part = ->(part) { send_all(topic, (part * third)...((part + 1) * third)) }

      first, second = Array.new(2) { karafka(topic, script) }
      journal.wait_for_processes(:assigned, 2)
      send_part[0]
      journal.wait_until(:batch) { |batches| consumed[batches] == third }

      third_server = karafka(topic, script)
      send_part[1]
      journal.wait_for(:assigned) { |event| event["pid"] == third_server.pid }
      first.signal(:KILL)
      send_part[2]
      journal.wait_until(:batch, seconds: 90) { |batches| consumed[batches] == third * 3 }

      expect(first.ending).to eq(:SIGKILL)
      survivors = [second, third_server]
      survivors.each { |server| server.signal(:TERM) }
      expect(survivors.map(&:ending)).to eq([0, 0])
      ends = seen.transform_values { |offsets| offsets.max + 1 }
      expect(committed_offsets(topic, partitions: partitions).compact).to eq(ends)
      expect(seen.values).to all(satisfy { |offsets| offsets.size == offsets.max + 1 })
    end
  end

  it "moves only what has to move, by the cooperative protocol" do
    topic = kafka_topic(partitions: 4)
    script = <<~RUBY
      App.quick("partition.assignment.strategy": "cooperative-sticky", "heartbeat.interval.ms": 200)
      App.route(Class.new(Karafka::BaseConsumer) { def consume; end })
    RUBY
    first = karafka(topic, script)
    journal.wait_for(:assigned) { |event| event["partitions"].size == 4 }
    second = karafka(topic, script)
    journal.wait_for(:assigned) { |event| event["pid"] == second.pid && event["partitions"].any? }
    first.signal(:TERM)
    first.ending
    journal.wait_until(:assigned) do |events|
      events.select { |event| event["pid"] == second.pid }.sum { |event| event["partitions"].size } == 4
    end

    gone = journal.all(:revoked).select { |event| event["pid"] == first.pid }.map { |event| event["partitions"].size }
    expect(gone).to eq([2, 2])
  end
end
