# frozen_string_literal: true

# Shows the totals.
class TotalsConsumer < Karafka::BaseConsumer
  def consume
    messages.payloads.each { |total| puts "#{total["orders"]} orders, #{total["total"]} in all" }
    $stdout.flush
  end
end
