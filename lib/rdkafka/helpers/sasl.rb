# frozen_string_literal: true

module Rdkafka
  module Helpers
    # Logging in by name and password, shared by all clients.
    module SASL
      # Changes the name and the password for SASL mechanisms that have them (PLAIN, SCRAM). The next login uses them;
      # what is connected stays so.
      #
      # @param username [String]
      # @param password [String]
      # @return [nil]
      # @raise [TypeError] when one of them is no String
      # @raise [ArgumentError] when one of them contains a null byte
      # @raise [ClosedConsumerError, ClosedProducerError, ClosedAdminError]
      def set_sasl_credentials(username:, password:)
        @native.set_sasl_credentials(username, password)
      end
    end
  end
end
