# frozen_string_literal: true

module Rdkafka
  class Consumer
    # Headers of consumed messages are frozen Hashes from String to String, or to an Array of Strings for a repeated
    # key.
    module Headers
      # Headers of every message that has none.
      EMPTY_HEADERS = {}.freeze

      # Not supported: the driver reads headers natively while it builds a {Message}, and never exposes the address of a
      # native message.
      #
      # @private
      # @param native_message [Integer, #address, #to_ptr]
      # @raise [ArgumentError] for every address
      # @raise [TypeError] when native_message is not a pointer
      def self.from_native(native_message)
        address = Internal::Address.of(native_message)
        raise ArgumentError, format("no native message of this driver at address 0x%x", address)
      end
    end
  end
end
