# frozen_string_literal: true

require "racecar"
require "ostruct" # racecar uses it and does not say so
require_relative "settings"

$stdout.sync = true # Racecar logs there too

# Adds up the orders and produces each new total.
class TotalsConsumer < Racecar::Consumer
  subscribes_to "#{SHOP}.orders"
  self.group_id = SHOP

  # If this raises, the message is retried after the pause in settings.rb.
  def process(message)
    @total = @total.to_i + Integer(message.value)
    produce(@total.to_s, topic: "#{SHOP}.totals", key: message.key, headers: message.headers)
    deliver!
    puts "order #{message.offset}: #{@total} in all"
  end

  def teardown
    puts "closed at #{@total}"
  end
end
