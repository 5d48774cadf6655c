# frozen_string_literal: true

# The application that `bundle exec karafka server` runs. Rails loads this file at boot.
class KarafkaApp < Karafka::App
  setup do |config|
    config.client_id = SHOP
    config.group_id = SHOP
    config.consumer_persistence = !Rails.env.development?
    config.kafka = {
      "bootstrap.servers": ENV.fetch("KAFKA", "localhost:9092"),
      "auto.offset.reset": "earliest"
    }
  end

  routes.draw do
    topic "#{SHOP}.orders" do
      config(partitions: 2)
      consumer OrdersConsumer
    end

    active_job_topic "#{SHOP}.jobs" do
      config(partitions: 2)
    end
  end
end

Karafka.monitor.subscribe(Karafka::Instrumentation::LoggerListener.new)
