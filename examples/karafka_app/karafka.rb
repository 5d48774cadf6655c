# frozen_string_literal: true

require "karafka"
require_relative "app/consumers/orders_consumer"
require_relative "app/consumers/totals_consumer"

# What the server runs: `bundle exec karafka server`.
class KarafkaApp < Karafka::App
  setup do |config|
    config.client_id = "shop"
    config.group_id = ENV.fetch("SHOP_GROUP", "shop")
    config.kafka = {
      "bootstrap.servers": ENV.fetch("KAFKA", "localhost:9092"),
      "auto.offset.reset": "earliest"
    }
  end

  routes.draw do
    topic "orders" do
      config(partitions: 3)
      consumer OrdersConsumer
      dead_letter_queue(topic: "orders-refused", max_retries: 1)
    end

    topic "totals" do
      config(partitions: 1)
      consumer TotalsConsumer
    end

    topic "orders-refused" do
      config(partitions: 1)
      active false
    end
  end
end

Karafka.monitor.subscribe(Karafka::Instrumentation::LoggerListener.new)
Karafka.producer.monitor.subscribe(
  WaterDrop::Instrumentation::LoggerListener.new(Karafka.logger, log_messages: false)
)
