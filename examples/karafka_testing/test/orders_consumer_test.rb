# frozen_string_literal: true

require_relative "../karafka"
require "minitest/autorun"
require "karafka/testing/minitest/helpers"

# The same as in spec/, with Minitest.
class OrdersConsumerTest < Minitest::Test
  include Karafka::Testing::Minitest::Helpers

  def setup
    @consumer = @karafka.consumer_for("orders")
  end

  def test_adds_up_what_one_batch_orders
    [3, 7].each { |amount| @karafka.produce({ amount: amount }.to_json, key: "shop") }
    @consumer.consume
    total = @karafka.produced_messages.last

    assert_equal ["totals", "10", "shop", { "of" => "orders" }], total.values_at(:topic, :payload, :key, :headers)
  end

  def test_sees_what_was_produced_as_messages_of_its_topic
    @karafka.produce({ amount: 3 }.to_json, key: "shop", partition: 4)
    message = @karafka.consumer_messages.last

    assert_equal ["orders", 4, "shop", { "amount" => 3 }],
      [message.topic, message.partition, message.key, message.payload]
  end

  def test_refuses_what_is_no_order
    @karafka.produce({ note: "oops" }.to_json)

    assert_raises(KeyError) { @consumer.consume }
  end
end
