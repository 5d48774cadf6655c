# frozen_string_literal: true

require_relative "../../support/token_server"

# In the place of AWS's gem: tokens of the same shape, for the test's own brokers.
module AwsMskIamSaslSigner
  Token = Struct.new(:token, :expiration_time_ms)
  private_constant :Token

  # Makes tokens.
  class MSKTokenProvider
    # @param region [String]
    def initialize(region:)
      @region = region
    end

    # @return [Token]
    def generate_auth_token
      Token.new(TokenServer.token("alice"), (Time.now.to_i + 600) * 1000)
    end
  end
end
