# frozen_string_literal: true

module Rdkafka
  # Mixins shared by the clients.
  module Helpers
    # The monotonic clock, for measuring durations.
    module Time
      # @return [Float] seconds on the monotonic clock
      def monotonic_now
        ::Process.clock_gettime(::Process::CLOCK_MONOTONIC)
      end

      # @return [Integer] milliseconds on the monotonic clock
      def monotonic_now_ms
        ::Process.clock_gettime(::Process::CLOCK_MONOTONIC, :millisecond)
      end
    end
  end
end
