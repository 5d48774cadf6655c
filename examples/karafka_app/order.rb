# frozen_string_literal: true

# Sends orders: `bundle exec ruby order.rb 3 7 oops`.
require_relative "karafka"

messages = ARGV.map do |amount|
  payload = amount.match?(/\A\d+\z/) ? { amount: Integer(amount) } : { note: amount }
  { topic: "#{SHOP}.orders", key: amount, payload: payload.to_json }
end
Karafka.producer.produce_many_sync(messages).each do |handle|
  report = handle.create_result
  puts "#{report.topic_name}, partition #{report.partition}, offset #{report.offset}"
end
Karafka.producer.close
