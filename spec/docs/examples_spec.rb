# frozen_string_literal: true

require "json"
require_relative "../support/example_process"

# The applications in examples/ that need nothing but this driver, on the embedded cluster. The others are run by
# spec/karafka.
RSpec.describe "Examples" do
  include ExampleProcess

  let(:topic) { new_topic }
  let(:environment) { { "KAFKA" => KafkaClients.bootstrap_servers, "TOPIC" => topic, "GROUP" => topic } }

  describe "producer_consumer" do
    def send_orders(*orders)
      run_example("producer_consumer/producer.rb", environment) do |process|
        process.puts(orders)
        process.close_write
        process.read
      end
    end

    it "sends what it is given, works on it and closes" do
      expect(send_orders("one", "two")).to eq("2 sent, 0 failed\n")

      run_example("producer_consumer/consumer.rb", environment) do |process|
        expect(within(60) { Array.new(2) { process.gets } }).to eq(["0/0: one\n", "0/1: two\n"])
        Process.kill(:TERM, process.pid)
        expect(within(60) { process.read }).to eq("closed\n")
      end
    end

    it "has committed what it has worked on when it ends" do
      send_orders("one")
      run_example("producer_consumer/consumer.rb", environment) do |process|
        expect(within(60) { process.gets }).to eq("0/0: one\n")
        Process.kill(:INT, process.pid)
      end
      client = consumer("group.id": topic)

      expect(client.committed(partition_list(topic => [0]), 10_000).to_h[topic].map(&:offset)).to eq([1])
    end
  end

  it "retries, and puts aside what fails three times" do
    ["#{topic}.retry", "#{topic}.dead"].each { |name| KafkaClients.cluster.create_topic(name) }
    client = producer
    %w[1 oops 2].each { |payload| client.produce(topic: topic, payload: payload).wait }

    run_example("retries/work.rb", { **environment, "DELAY" => "0.2" }) do |process|
      lines = within(60) { Array.new(7) { process.gets.chomp } }
      Process.kill(:TERM, process.pid)
      expect(lines.first(5)).to eq(["trying 1", "worth 1", "trying oops", "trying 2", "worth 2"])
      expect(lines.last(2)).to eq(["trying oops", "trying oops"])
    end
    dead = messages_of("#{topic}.dead", 1).first
    expect([dead.payload, dead.headers.values_at("attempts", "error")])
      .to eq(["oops", ["3", 'invalid value for Integer(): "oops"']])
  end

  it "serves requests in fibers of an event loop", gem: "async" do
    run_example("async_producer/server.rb", environment) do |process|
      port = Integer(within(60) { process.gets }[/\d+/])
      clients = Array.new(5) { TCPSocket.new("127.0.0.1", port) }
      clients.each_with_index { |client, number| client.puts("order #{number}") }
      expect(within(60) { clients.map { |client| client.gets.chomp } }).to match_array((0..4).map { |n| "0/#{n}" })

      Process.kill(:TERM, process.pid)
      expect(within(60) { process.read }).to eq("closing\n")
    end
  end
end
