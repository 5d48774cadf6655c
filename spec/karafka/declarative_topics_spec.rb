# frozen_string_literal: true

require_relative "support/karafka_servers"
require_relative "support/waterdrop_clients"

# Topics as the routes declare them: `karafka topics`.
RSpec.describe "Karafka's declarative topics" do
  let(:name) { unique_name("topic") }
  let(:client) { admin("bootstrap.servers": kafka.bootstrap) }

  def topics(action, settings, *options)
    script = <<~RUBY
      App.quick
      App.routes.draw do
        topic(ENV.fetch("KN_TOPIC")) do
          consumer Class.new(Karafka::BaseConsumer)
          config(#{settings})
        end
      end
    RUBY
    karafka(name, script, command: "topics", arguments: [action, *options]).ending
  end

  def described
    resource = { resource_type: Rdkafka::Bindings::RD_KAFKA_RESOURCE_TOPIC, resource_name: name }
    configs = client.describe_configs([resource]).wait.resources.first.configs.to_h do |config|
      [config.name, config.value]
    end
    [client.metadata(name).topics.first[:partition_count], configs["retention.ms"]]
  end

  it "are made, widened, aligned, and deleted" do
    expect(topics("plan", 'partitions: 2, "retention.ms": 100_000', "--detailed-exitcode")).to eq(2)
    expect(topics("migrate", 'partitions: 2, "retention.ms": 100_000')).to eq(0)
    expect(described).to eq([2, "100000"])

    expect(topics("migrate", 'partitions: 3, "retention.ms": 200_000')).to eq(0)
    expect(eventually { (found = described) == [3, "200000"] && found }).to eq([3, "200000"])
    expect(topics("plan", 'partitions: 3, "retention.ms": 200_000', "--detailed-exitcode")).to eq(0)

    expect(topics("delete", "partitions: 3")).to eq(0)
    expect(eventually { client.metadata.topics.none? { |topic| topic[:topic_name] == name } }).to be(true)
  end
end
