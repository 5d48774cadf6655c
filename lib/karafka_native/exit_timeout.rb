# frozen_string_literal: true

module KarafkaNative
  # Default of {.exit_timeout_ms}, in milliseconds.
  DEFAULT_EXIT_TIMEOUT_MS = 30_000

  @exit_timeout_ms = DEFAULT_EXIT_TIMEOUT_MS

  class << self
    # How long clients that are still open may delay process exit, in milliseconds.
    #
    # All clients share this budget: they are closed one after the other, and each gets the time that is left. When no
    # time is left, clients are destroyed without waiting for deliveries. Explicit `close` calls are not affected.
    #
    # Of that time, other threads' operations on a client get half a second at most to end. Destroying a client after
    # the time is up may still take up to a second.
    #
    # @return [Integer, nil] nil for no limit
    attr_reader :exit_timeout_ms

    # @param value [Integer, nil] milliseconds, 0 to not wait, nil for no limit
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
