# frozen_string_literal: true

module Rdkafka
  class Admin
    # What coordinators tell of consumer groups.
    class DescribeConsumerGroupsReport
      # @return [Array<Hash>] in the order asked for, each with `group_id:`, `error:` (nil, or why nothing can be told),
      #   `is_simple_consumer_group:`, `state:`, `state_name:`, `type:`, `type_name:`, `partition_assignor:`,
      #   `coordinator:` (a node, or nil), `authorized_operations:` (nil if not asked for) and `members:`. A member has
      #   `member_id:`, `client_id:`, `group_instance_id:`, `host:`, `assignment:` and `target_assignment:`; assignments
      #   are Hashes from topic to partitions, the target is nil but for the `consumer` protocol
      attr_reader :groups

      # @private
      # @param groups [Array<Hash>]
      def initialize(groups)
        @groups = groups
      end
    end

    # Awaits the description of consumer groups.
    class DescribeConsumerGroupsHandle < AbstractHandle
      include KarafkaNative::AdminHandle

      # @return [String]
      def operation_name
        "describe consumer groups"
      end

      # @return [DescribeConsumerGroupsReport, nil] nil if the operation failed
      def create_result
        prepared_result
      end

      # @raise [RdkafkaError] always
      def raise_error
        raise_response
      end

      private

      def outcome_of(answer)
        succeeded(DescribeConsumerGroupsReport.new(answer))
      end
    end
  end
end
