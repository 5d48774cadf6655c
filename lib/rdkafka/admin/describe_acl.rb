# frozen_string_literal: true

module Rdkafka
  class Admin
    # Rules that were asked for.
    class DescribeAclReport
      # @return [Array<AclBindingResult>]
      attr_reader :acls

      # @private
      # @param acls [Array<AclBindingResult>]
      def initialize(acls)
        @acls = acls
      end
    end

    # Awaits rules.
    class DescribeAclHandle < AbstractHandle
      include KarafkaNative::AdminHandle

      # @return [String]
      def operation_name
        "describe acl"
      end

      # @raise [RdkafkaError] always
      def raise_error
        raise_response
      end

      private

      def outcome_of(answer)
        succeeded(DescribeAclReport.new(answer.map { |error, values| AclBindingResult.new(error, values) }))
      end

      def empty_report
        DescribeAclReport.new([])
      end
    end
  end
end
