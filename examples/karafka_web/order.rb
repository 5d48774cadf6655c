# frozen_string_literal: true

# Sends orders: `bundle exec ruby order.rb 1 60 oops`.
require_relative "karafka"

Karafka.producer.produce_many_sync(ARGV.map { |seconds| { topic: "#{SHOP}.orders", payload: seconds } })
Karafka.producer.close
