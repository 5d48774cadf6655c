# frozen_string_literal: true

module KarafkaNative
  module Internal
    # Joins text in different encodings, from brokers, applications and librdkafka.
    module Text
      class << self
        # @param names [Array<#to_str, #to_s>]
        # @return [String] the names with commas between them, in the encoding of {.join}
        def list(names)
          join(*names.flat_map { |name| [", ", Argument.text(name)] }.drop(1))
        end

        # @param error [Exception] raised by a callback
        # @return [String] for the log
        def of_unhandled(error)
          join("Unhandled exception: #{error.class} - ", error.message.to_s)
        end

        # Joins like interpolation into a literal, but never raises for incompatible encodings.
        #
        # @param parts [Array<String>]
        # @return [String] in the encoding of Ruby's own rules; if these fail, UTF-8 if the bytes are valid in it,
        #   binary otherwise
        def join(*parts)
          parts.inject(String.new(encoding: Encoding::UTF_8), :<<)
        rescue Encoding::CompatibilityError
          bytes = parts.map(&:b).join.force_encoding(Encoding::UTF_8)
          bytes.valid_encoding? ? bytes : bytes.b
        end
      end
    end
  end
end
