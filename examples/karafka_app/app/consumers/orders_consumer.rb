# frozen_string_literal: true

# Adds up the orders of each batch. What is not an order raises, is tried once more, and goes to another topic.
class OrdersConsumer < Karafka::BaseConsumer
  def consume
    total = messages.payloads.sum { |order| order.fetch("amount") }
    producer.produce_async(topic: "#{SHOP}.totals", payload: { orders: messages.size, total: total }.to_json)
  end
end
