# frozen_string_literal: true

# Prefix of the names of the group and the topics.
SHOP = ENV.fetch("SHOP", "shop")

Racecar.configure do |config|
  config.brokers = ENV.fetch("KAFKA", "localhost:9092").split(",")
  config.client_id = SHOP
  config.pause_timeout = 1 # seconds
  config.max_wait_time = 0.1 # seconds
end
