# frozen_string_literal: true

module KarafkaNative
  module Internal
    # Removes secret values from librdkafka's messages about one client.
    #
    # @private
    class Redaction
      # Shorter values are not secret, and would match everywhere.
      SHORTEST = 4
      # librdkafka's messages about tokens and their parts end with the rejected value, possibly truncated.
      OF_TOKENS = /(
        sasl\.oauthbearer\.config[ ]beginning[ ]at:[ ] |
        sasl\.oauthbearer\.config:[ ].*(?:[ ]in[ ]\w+|'lifeSeconds='):[ ] |
        extension[ ]values[ ]must[ ]only[ ]consist[ ]of[ ].*\(%x21-7E\):[ ]
      ).*/mnx
      private_constant :SHORTEST, :OF_TOKENS

      # @param secrets [Array<String>] binary
      def initialize(secrets)
        known = secrets.reject { |secret| secret.bytesize < SHORTEST }
        union = Regexp.union(known.sort_by { |secret| -secret.bytesize })
        @pattern = /(?<![[:alnum:]])(?:#{union})(?![[:alnum:]])/n unless known.empty?
      end

      # @param text [String, nil]
      # @return [String, nil] binary if something was removed, else the text itself
      def call(text)
        return text if text.nil?

        bytes = text.b
        redacted = bytes.sub(OF_TOKENS) { "#{Regexp.last_match(1)}#{Secrets::REDACTED}" }
        redacted = redacted.gsub(@pattern, Secrets::REDACTED) if @pattern
        redacted == bytes ? text : redacted
      end

      # @return [String] without the secrets
      def inspect
        "#<#{self.class}>"
      end
    end
  end
end
