# frozen_string_literal: true

module Rdkafka
  module Helpers
    # Login with name and password, for all clients.
    module SASL
      # Changes name and password for PLAIN and SCRAM. The next login uses them; existing connections stay open.
      #
      # @param username [String]
      # @param password [String]
      # @return [nil]
      # @raise [TypeError] when one of them is not a String
      # @raise [ArgumentError] when one of them contains a null byte
      # @raise [ClosedConsumerError, ClosedProducerError, ClosedAdminError]
      def set_sasl_credentials(username:, password:)
        @native.set_sasl_credentials(username, password)
      end
    end
  end
end
