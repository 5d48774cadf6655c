# frozen_string_literal: true

require_relative "../../tools/kafka/ports"
require_relative "support/example_folder"

# The application in examples/karafka_app on `karafka-native broker`, as its README says: without a Kafka.
RSpec.describe "The development broker" do
  let(:port) { KafkaCluster::Ports.free(1).first }
  let(:example) do
    closing(ExampleFolder.new("karafka_app", environment: { "KAFKA" => "127.0.0.1:#{port}", "SHOP" => "shop" }))
  end

  # What the totals add up to.
  def sum(output)
    output.text.scan(/^\d+ orders, (\d+) in all/).flatten.sum(&:to_i)
  end

  it "serves a Karafka server, and WaterDrop" do
    topics = %w[shop.orders:3 shop.totals:1 shop.refused:1].flat_map { |topic| ["--topic", topic] }
    broker = example.start("karafka-native", "broker", "--port", port.to_s, *topics)
    broker.output.wait_for(/bootstrap\.servers: 127\.0\.0\.1:#{port}$/)
    sent = example.run("exec", "ruby", "order.rb", "3", "7", "oops")
    server = example.start("karafka", "server")
    eventually(60) { sum(server.output) >= 10 }
    # A commit would be waited for when the broker has ended.
    options = { "bootstrap.servers": "127.0.0.1:#{port}", "enable.auto.commit": false }
    refused = messages_of("shop.refused", 1, **options).first

    expect(sent.lines.grep(/\Ashop\.orders, partition/).size).to eq(3)
    expect(sum(server.output)).to eq(10)
    expect(refused.payload).to eq('{"note":"oops"}')
    expect(server.end_with(:TERM)).to eq(0)
    expect(broker.end_with(:INT)).to eq(0)
  end
end
