# frozen_string_literal: true

# Adds up the orders of each batch.
class OrdersConsumer < Karafka::BaseConsumer
  def consume
    total = messages.payloads.sum { |order| order.fetch("amount") }
    producer.produce_async(topic: "totals", payload: total.to_s, key: messages.last.key, headers: { "of" => "orders" })
    mark_as_consumed(messages.last)
  end
end
