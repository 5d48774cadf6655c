# frozen_string_literal: true

# Makes a job of each order.
class OrdersConsumer < Karafka::BaseConsumer
  def consume
    jobs = messages.payloads.map { |order| ReceiptJob.new(order.fetch("amount"), "an order") }
    ActiveJob.perform_all_later(jobs)
  end
end
