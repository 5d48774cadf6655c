# frozen_string_literal: true

module Rdkafka
  class Config
    # Keeps the values of secret options out of what people print and error trackers record.
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

      class << self
        # @param name [#to_s]
        # @return [Boolean]
        def secret?(name)
          NAMES.key?(name.to_s) || PATTERN.match?(name.to_s.b)
        end

        # @param options [Hash]
        # @return [Hash] a copy; what is not set stays nil or empty
        def redact(options)
          options.to_h { |name, value| [name, secret?(name) && !value.to_s.empty? ? REDACTED.dup : value] }
        end
      end
    end
    private_constant :Secrets
  end
end
