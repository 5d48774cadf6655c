# frozen_string_literal: true

# What admin clients are refused without a broker's answer.
module AdminRefusals
  # @return [Array, nil] code, broker's text and prefix of the error that waiting for the handle raises
  def refusal_of(handle)
    error = error_of { within(20) { handle.wait } }
    error && [error.code, error.broker_message, error.message_prefix]
  end
end
