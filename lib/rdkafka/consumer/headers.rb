# frozen_string_literal: true

module Rdkafka
  class Consumer
    # Headers of consumed messages are frozen Hashes from String to String, or to an Array of Strings for a repeated
    # key.
    module Headers
      # Headers of every message that has none.
      EMPTY_HEADERS = {}.freeze

      # Not possible: the driver reads headers natively while it makes a {Message}, and never hands the address of a
      # native message out.
      #
      # @private
      # @param native_message [Integer, #address, #to_ptr]
      # @raise [ArgumentError] for every address
      # @raise [TypeError] when native_message is no pointer
      def self.from_native(native_message)
        address = Internal::Address.of(native_message)
        raise ArgumentError, format("no native message of this driver at address 0x%x", address)
      end
    end
  end
end
