# frozen_string_literal: true

# Shows what was ordered.
class ReceiptJob < ActiveJob::Base
  queue_as "#{SHOP}.jobs"

  # @param amount [Integer]
  # @param origin [String]
  def perform(amount, origin)
    $stdout.syswrite("receipt over #{amount} for #{origin}, job #{job_id}\n")
  end
end
