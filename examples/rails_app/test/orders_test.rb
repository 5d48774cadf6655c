# frozen_string_literal: true

require "minitest/autorun"
require "karafka_native"

# An embedded Kafka for all tests, before the application reads its address.
CLUSTER = KarafkaNative::MockCluster.new
Minitest.after_run { CLUSTER.close }
ENV.update("KAFKA" => CLUSTER.bootstrap_servers, "RAILS_ENV" => "test")

require_relative "../config/environment"
require "rails/test_help"

CLUSTER.create_topic("#{SHOP}.orders")

# What requests send to Kafka.
class OrdersTest < ActionDispatch::IntegrationTest
  # Everything in the topic of orders.
  def orders
    consumer = Rdkafka::Config.new(
      "bootstrap.servers": CLUSTER.bootstrap_servers, "group.id": "test-#{rand(1 << 32)}",
      "auto.offset.reset": "earliest", "enable.partition.eof": true
    ).consumer
    consumer.subscribe("#{SHOP}.orders")
    found = []
    loop { found << consumer.poll(10_000).payload }
  rescue Rdkafka::RdkafkaError => e
    raise unless e.is_partition_eof?

    found
  ensure
    consumer&.close
  end

  test "an order is stored before the answer" do
    post "/orders", params: { amount: 3 }

    assert_response :created
    assert_match(/partition 0, offset \d/, response.body)
    assert_includes orders, '{"amount":3}'
  end

  test "the answer says that the order was not stored" do
    CLUSTER.push_errors(:Produce, 10) # "message too large", which is final
    post "/orders", params: { amount: 4 }

    assert_response :service_unavailable
    assert_not_includes orders, '{"amount":4}'
  end
end
