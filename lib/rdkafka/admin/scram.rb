# frozen_string_literal: true

require_relative "handle"

module Rdkafka
  class Admin
    # Describes users' credentials. `wait` does not raise for a user who cannot be described.
    #
    # @param users [Array<String>, nil] each at most once; nil for all users
    # @param request_timeout_ms [Integer, nil] see {Admin}
    # @param broker_id [Integer, nil] see {Admin}
    # @return [DescribeUserScramCredentialsHandle]
    # @raise [TypeError] when a name is not a String
    # @raise [ArgumentError] for an empty Array, when a name contains a null byte, and for an option out of range
    # @raise [ClosedAdminError]
    def describe_user_scram_credentials(users = nil, request_timeout_ms: nil, broker_id: nil)
      require_open(__method__)
      names = users.nil? ? [] : Internal::Argument.collection(users, "users").to_a
      raise ArgumentError, "users is empty; nil stands for all" if users && names.empty?

      native = @native.describe_user_scram_credentials(names, [request_timeout_ms, nil, broker_id])
      DescribeUserScramCredentialsHandle.new(native)
    end

    # Sets and deletes passwords of users. `wait` does not raise for a user who cannot be changed. Brokers accept each
    # user at most once per call.
    #
    # @param upsert [Array<Hash>] credentials to create or replace, each with `user:`, `mechanism:` (`SCRAM-SHA-256` or
    #   `SCRAM-SHA-512`), `password:` and, if they are wanted, `iterations:` (4096 to 16384, 4096 by default) and
    #   `salt:` (random by default)
    # @param delete [Array<Hash>] credentials to delete, each with `user:` and `mechanism:`
    # @param request_timeout_ms [Integer, nil] see {Admin}
    # @param broker_id [Integer, nil] see {Admin}
    # @return [AlterUserScramCredentialsHandle]
    # @raise [KeyError] for a missing key
    # @raise [TypeError] when a text is not a String
    # @raise [ArgumentError] without any change, for another mechanism or number of iterations and for an empty text,
    #   when a name contains a null byte, and for an option out of range
    # @raise [ClosedAdminError]
    def alter_user_scram_credentials(upsert: [], delete: [], request_timeout_ms: nil, broker_id: nil)
      require_open(__method__)
      changes = credentials(upsert, "upsert").map { |credential| scram_upsertion(credential) } +
                credentials(delete, "delete").map { |credential| [*credential.fetch_values(:user, :mechanism), nil] }
      raise ArgumentError, "there is nothing to upsert or delete" if changes.empty?

      native = @native.alter_user_scram_credentials(changes, [request_timeout_ms, nil, broker_id])
      AlterUserScramCredentialsHandle.new(native)
    end

    # Users and their credentials.
    class DescribeUserScramCredentialsReport
      # @return [Array<Hash>] each with `user:`, `error:` (nil, or why there is no information) and `credentials:`, an
      #   Array of Hashes with `mechanism:` (nil if it is unknown) and `iterations:`
      attr_reader :users

      # @private
      # @param users [Array<Hash>]
      def initialize(users)
        @users = users
      end
    end

    # Pending description of credentials.
    class DescribeUserScramCredentialsHandle < Handle
      awaits("describe user scram credentials") do |answer|
        succeeded(DescribeUserScramCredentialsReport.new(answer))
      end
    end

    # Result of changing credentials.
    class AlterUserScramCredentialsReport
      # @return [Array<Hash>] each with `user:` and `error:` (nil on success)
      attr_reader :users

      # @private
      # @param users [Array<Hash>]
      def initialize(users)
        @users = users
      end
    end

    # Pending change of credentials.
    class AlterUserScramCredentialsHandle < Handle
      awaits "alter user scram credentials" do |answer|
        users = answer.map { |name, error| { user: name, error: error } }
        succeeded(AlterUserScramCredentialsReport.new(users))
      end
    end

    private

    def credentials(given, name)
      Internal::Argument.collection(given, name).map { |credential| Internal::Argument.mapping(credential, "credential") }
    end

    def scram_upsertion(credential)
      user, mechanism, password = credential.fetch_values(:user, :mechanism, :password)
      [user, mechanism, [credential[:iterations] || 4_096, password, credential[:salt]]]
    end
  end
end
