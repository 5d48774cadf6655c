# frozen_string_literal: true

module Rdkafka
  module Helpers
    # OAUTHBEARER tokens, shared by all clients.
    module OAuth
      # Sets the client's token. A rejected token does not raise, but is reported to librdkafka as a failure.
      #
      # @param token [String]
      # @param lifetime_ms [Integer] when the token expires, in ms since the epoch
      # @param principal_name [String]
      # @param extensions [Hash, nil] SASL extensions
      # @return [Integer] 0, or librdkafka's code
      # @raise [TypeError] for an argument of the wrong kind
      # @raise [NoMethodError] when extensions is not a Hash
      # @raise [ClosedInnerError]
      def oauthbearer_set_token(token:, lifetime_ms:, principal_name:, extensions: nil)
        pairs = extensions.nil? ? [] : Internal::Argument.options(extensions, "extensions")
        code, text = @native.oauthbearer_set_token(token, lifetime_ms, principal_name, pairs)
        oauthbearer_set_token_failure("Failed to set token: #{text}") unless code.zero?
        code
      end

      # Reports to librdkafka that there is no token; it asks again later.
      #
      # @param reason [String]
      # @return [Integer] 0, or librdkafka's code
      # @raise [ClosedInnerError]
      def oauthbearer_set_token_failure(reason)
        @native.oauthbearer_set_token_failure(reason)
      end
    end
  end
end
