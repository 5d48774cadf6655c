# frozen_string_literal: true

module Rdkafka
  # For testing how an application handles fatal errors. Not loaded by default. Include it into a client's singleton
  # class.
  module Testing
    # Puts the client into a fatal error.
    #
    # @param error_code [Integer]
    # @param reason [String]
    # @return [Integer] 0, or librdkafka's code
    # @raise [ClosedInnerError]
    def trigger_test_fatal_error(error_code, reason)
      @native.test_fatal_error(error_code, reason)
    end

    # @return [Hash, nil] `error_code:` and `error_string:` of the client's fatal error
    # @raise [ClosedInnerError]
    def fatal_error
      code, text = @native.fatal_error
      code && { error_code: code, error_string: text }
    end
  end
end
