# frozen_string_literal: true

module Rdkafka
  class Consumer
    # Headers of consumed messages are frozen Hashes from String to String, or to an Array of Strings for a repeated
    # key.
    module Headers
      # Headers of every message that has none.
      EMPTY_HEADERS = {}.freeze
    end
  end
end
