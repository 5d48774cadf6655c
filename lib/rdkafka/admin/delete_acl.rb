# frozen_string_literal: true

module Rdkafka
  class Admin
    # Rules that were deleted.
    class DeleteAclReport
      # @return [Array<AclBindingResult>]
      attr_reader :deleted_acls

      # @private
      # @param deleted_acls [Array<AclBindingResult>]
      def initialize(deleted_acls)
        @deleted_acls = deleted_acls
      end
    end

    # Awaits the deletion of rules.
    class DeleteAclHandle < AbstractHandle
      include KarafkaNative::AdminHandle

      # @return [String]
      def operation_name
        "delete acl"
      end

      # @raise [RdkafkaError] always
      def raise_error
        raise_response
      end

      private

      def outcome_of(answer)
        error, bindings = answer
        report = DeleteAclReport.new(bindings.map { |failure, values| AclBindingResult.new(failure, values) })
        error ? failed(error, report) : succeeded(report)
      end
    end
  end
end
