# frozen_string_literal: true

require "karafka"
require_relative "orders_consumer"

# The application under test.
class KarafkaApp < Karafka::App
  setup { |config| config.kafka = { "bootstrap.servers": "localhost:9092" } }

  routes.draw do
    topic("orders") { consumer OrdersConsumer }
  end
end
