# frozen_string_literal: true

# Settings of the gem's own, beside the `Rdkafka` API.
module KarafkaNative
  # Default of {.exit_timeout_ms}, in milliseconds.
  DEFAULT_EXIT_TIMEOUT_MS = 30_000

  @exit_timeout_ms = DEFAULT_EXIT_TIMEOUT_MS

  class << self
    # How long the end of the process may be delayed by clients that were left open, in milliseconds.
    #
    # One budget for all of them together: they are closed one after the other, and what the first one uses up is not
    # there for the next. When nothing is left, clients are torn down without waiting for outstanding deliveries.
    # Ordinary `close` calls are not affected.
    #
    # Of that time, at most half a second for each client is spent on waiting for what other threads do with it. Freeing
    # a client whose time is over may still take up to a second.
    #
    # @return [Integer, nil] nil means without bound
    attr_reader :exit_timeout_ms

    # @param value [Integer, nil] milliseconds, 0 for not waiting at all, nil for waiting without bound
    # @raise [TypeError] when value is neither an Integer nor nil
    # @raise [ArgumentError] when value is negative
    def exit_timeout_ms=(value)
      milliseconds = Internal::Argument.integer(value)
      unless value.nil? || milliseconds
        raise TypeError, "exit_timeout_ms has to be an Integer or nil, got #{value.inspect}"
      end
      raise ArgumentError, "exit_timeout_ms must not be negative, got #{value}" if milliseconds&.negative?

      @exit_timeout_ms = milliseconds
    end
  end
end
