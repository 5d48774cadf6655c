# frozen_string_literal: true

module KarafkaNative
  # Text made of pieces whose encodings nobody controls: brokers, applications and librdkafka all contribute.
  module Text
    class << self
      # Joins like interpolation does, but never raises for incompatible encodings.
      #
      # @param parts [Array<String>]
      # @return [String] in the encoding that Ruby's own rules give; where they give up, UTF-8 if the bytes are valid in
      #   it and binary otherwise
      def join(*parts)
        parts.join
      rescue Encoding::CompatibilityError
        bytes = parts.map(&:b).join.force_encoding(Encoding::UTF_8)
        bytes.valid_encoding? ? bytes : bytes.b
      end
    end
  end
end
