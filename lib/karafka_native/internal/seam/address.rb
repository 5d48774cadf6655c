# frozen_string_literal: true

module KarafkaNative
  module Internal
    # Converts the pointers that callers pass to low-level functions.
    module Address
      class << self
        # @param pointer [Integer, nil, #address, #to_ptr] an address, nil, or a pointer object of any library
        # @return [Integer] the address; 0 for nil and null pointers
        # @raise [TypeError] for anything else, including Strings, whose bytes are not an address
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
