# frozen_string_literal: true

module KarafkaNative
  module Internal
    # Keeps the values of secret options out of output, errors and logs.
    #
    # @private
    module Secrets
      # Replaces a secret value, as in librdkafka's own logs.
      REDACTED = "[redacted]".b.freeze

      # Options that librdkafka's table marks as sensitive. There is no function for the table; a spec compares the list
      # with what librdkafka redacts when it logs a configuration.
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

      # For options that librdkafka does not know, such as misspelt ones.
      PATTERN = /passw|passphrase|secret|private.?key/i
      private_constant :PATTERN

      # Hosts and topics may have the same name, and librdkafka's messages do not repeat it.
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
        # @return [Hash] a copy, in which unset values stay nil or empty
        def redact(options)
          options.to_h { |name, value| [name, secret?(name) && !value.to_s.empty? ? REDACTED.dup : value] }
        end
      end
    end
  end
end
