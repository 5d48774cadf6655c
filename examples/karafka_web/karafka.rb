# frozen_string_literal: true

require "karafka"
require "karafka/web"
require_relative "orders_consumer"

# Prefix of the names of groups and topics.
SHOP = ENV.fetch("SHOP", "shop")

# The application that the server runs: `bundle exec karafka server`.
class KarafkaApp < Karafka::App
  setup do |config|
    config.client_id = SHOP
    config.group_id = SHOP
    config.max_messages = 1
    config.kafka = {
      "bootstrap.servers": ENV.fetch("KAFKA", "localhost:9092"),
      "auto.offset.reset": "earliest",
      "statistics.interval.ms": 1_000
    }
  end

  routes.draw do
    topic "#{SHOP}.orders" do
      config(partitions: 1)
      consumer OrdersConsumer
      dead_letter_queue(topic: "#{SHOP}.refused", max_retries: 0)
    end

    topic "#{SHOP}.refused" do
      config(partitions: 1)
      active false
    end
  end
end

Karafka.monitor.subscribe(Karafka::Instrumentation::LoggerListener.new)

Karafka::Web.setup do |config|
  config.group_id = "#{SHOP}.web"
  config.topics.errors.name = "#{SHOP}.web.errors"
  %i[reports states metrics commands].each do |name|
    config.topics.consumers.public_send(name).name = "#{SHOP}.web.#{name}"
  end
  # The shortest interval that Web permits.
  config.tracking.interval = 1_000
  config.processing.interval = 1_000
end
