# frozen_string_literal: true

# Works on each order for the given number of seconds, or less when the server stops. Other messages raise errors, which
# the UI shows.
class OrdersConsumer < Karafka::BaseConsumer
  def consume
    messages.each { |message| work(Integer(message.raw_payload)) }
  end

  private

  def work(seconds)
    ends = Process.clock_gettime(Process::CLOCK_MONOTONIC) + seconds
    sleep(0.05) until Karafka::App.done? || Process.clock_gettime(Process::CLOCK_MONOTONIC) >= ends
  end
end
