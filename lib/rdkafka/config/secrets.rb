# frozen_string_literal: true

module Rdkafka
  class Config
    # Keeps the values of secret options out of what people print, and out of errors and logs.
    #
    # @private
    module Secrets
      # Takes the place of a secret value, as in librdkafka's own logs.
      REDACTED = "[redacted]".b.freeze

      # What librdkafka's table of options calls sensitive. The table cannot be asked for; a spec compares the list with
      # what librdkafka redacts when it logs a configuration.
      NAMES = %w[
        sasl.oauthbearer.assertion.private.key.file
        sasl.oauthbearer.assertion.private.key.passphrase
        sasl.oauthbearer.assertion.private.key.pem
        sasl.oauthbearer.client.credentials.client.secret
        sasl.oauthbearer.client.secret
        sasl.oauthbearer.config
        sasl.password
        sasl.username
        ssl.ca.pem
        ssl.key.location
        ssl.key.password
        ssl.key.pem
        ssl.keystore.password
      ].to_h { |name| [name, true] }.freeze
      private_constant :NAMES

      # Options that librdkafka does not know, such as misspelt ones.
      PATTERN = /passw|passphrase|secret|private.?key/i
      private_constant :PATTERN

      # A name that hosts and topics may have as well, and that librdkafka's texts do not repeat.
      PUBLIC_ENOUGH = "sasl.username"
      private_constant :PUBLIC_ENOUGH

      class << self
        # @param name [#to_s]
        # @return [Boolean]
        def secret?(name)
          NAMES.key?(name.to_s) || PATTERN.match?(name.to_s.b)
        end

        # @param options [Hash{String => String}]
        # @return [Redaction] for the texts of a client with these options
        def redaction(options)
          secrets = options.select { |name, _| secret?(name) && name != PUBLIC_ENOUGH }
          Redaction.new(secrets.values.map(&:b))
        end

        # @param options [Hash]
        # @return [Hash] a copy; what is not set stays nil or empty
        def redact(options)
          options.to_h { |name, value| [name, secret?(name) && !value.to_s.empty? ? REDACTED.dup : value] }
        end
      end
    end
    private_constant :Secrets

    # Takes secret values out of what librdkafka writes about one client.
    #
    # @private
    class Redaction
      # Shorter ones are no secret, and would be found everywhere.
      SHORTEST = 4
      # librdkafka's error texts about tokens and their parts end with the offending value, possibly truncated.
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
      # @return [String, nil] binary if something was taken out, else the text itself
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
    private_constant :Redaction
  end
end
