# frozen_string_literal: true

module KarafkaNative
  module Internal
    # Native addresses, as callers of the driver's low-level functions hand them over.
    module Address
      class << self
        # @param pointer [Integer, nil, #address, #to_ptr] an address, nothing, or a pointer object of any library
        # @return [Integer] the address; 0 for nil and null pointers
        # @raise [TypeError] for anything else. Strings are refused too: their bytes are no address
        def of(pointer)
          address = unwrap(pointer)
          return address if address.is_a?(Integer) && !address.negative?

          raise TypeError, "expected a pointer, got #{pointer.class}"
        end

        private

        def unwrap(pointer)
          return 0 if pointer.nil?
          return pointer if pointer.is_a?(Integer)
          return pointer.address if pointer.respond_to?(:address)

          pointer.to_ptr.address if pointer.respond_to?(:to_ptr)
        end
      end
    end
  end
end
