# frozen_string_literal: true

require "karafka"
require_relative "app/consumers/orders_consumer"
require_relative "app/consumers/totals_consumer"

# Prefix of the names of the group and the topics.
SHOP = ENV.fetch("SHOP", "shop")

# The application that the server runs: `bundle exec karafka server`.
class KarafkaApp < Karafka::App
  setup do |config|
    config.client_id = SHOP
    config.group_id = SHOP
    config.kafka = {
      "bootstrap.servers": ENV.fetch("KAFKA", "localhost:9092"),
      "auto.offset.reset": "earliest"
    }
  end

  routes.draw do
    topic "#{SHOP}.orders" do
      config(partitions: 3)
      consumer OrdersConsumer
      dead_letter_queue(topic: "#{SHOP}.refused", max_retries: 1)
    end

    topic "#{SHOP}.totals" do
      config(partitions: 1)
      consumer TotalsConsumer
    end

    topic "#{SHOP}.refused" do
      config(partitions: 1)
      active false
    end
  end
end

Karafka.monitor.subscribe(Karafka::Instrumentation::LoggerListener.new)
Karafka.producer.monitor.subscribe(
  WaterDrop::Instrumentation::LoggerListener.new(Karafka.logger, log_messages: false)
)
