# frozen_string_literal: true

module KarafkaNative
  module Internal
    # Text made of pieces whose encodings nobody controls: brokers, applications and librdkafka all contribute.
    module Text
      class << self
        # @param names [Array<#to_str, #to_s>]
        # @return [String] with commas between them; encoded as {.join} does it
        def list(names)
          join(*names.flat_map { |name| [", ", Argument.text(name)] }.drop(1))
        end

        # @param error [Exception] of somebody's callback
        # @return [String] for the log
        def of_unhandled(error)
          join("Unhandled exception: #{error.class} - ", error.message.to_s)
        end

        # Joins like interpolation into a literal does, but never raises for incompatible encodings.
        #
        # @param parts [Array<String>]
        # @return [String] UTF-8, unless Ruby's own rules give another encoding; where they give up, UTF-8 if the bytes
        #   are valid in it and binary otherwise
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
