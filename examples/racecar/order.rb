# frozen_string_literal: true

# Sends orders: `bundle exec ruby order.rb 3 7 oops`.
require "racecar"
require_relative "settings"

Racecar.wait_for_delivery do
  ARGV.each do |amount|
    Racecar.produce_async(topic: "#{SHOP}.orders", value: amount, key: "shop", headers: { "from" => "order.rb" })
  end
end
