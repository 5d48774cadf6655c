# frozen_string_literal: true

# What admin clients are refused without a broker's answer.
module AdminRefusals
  # @return [Array, nil] code, broker's text and prefix of the error that waiting for the handle raises
  def refusal_of(handle)
    within(20) { handle.wait }
    nil
  rescue Rdkafka::RdkafkaError => e
    [e.code, e.broker_message, e.message_prefix]
  end
end
