# frozen_string_literal: true

module Rdkafka
  class Admin
    # The consumer groups of a cluster.
    class ListConsumerGroupsReport
      # @return [Array<Hash>] each with `group_id:`, `is_simple_consumer_group:`, `state:` and `state_name:`, sorted by
      #   id
      attr_reader :groups

      # @return [Array<RdkafkaError>] one for each broker that could not be asked
      attr_reader :errors

      # @private
      # @param groups [Array<Hash>]
      # @param errors [Array<RdkafkaError>]
      def initialize(groups, errors)
        @groups = groups
        @errors = errors
      end
    end

    # Awaits the list of consumer groups.
    class ListConsumerGroupsHandle < AbstractHandle
      include KarafkaNative::AdminHandle

      # @return [String]
      def operation_name
        "list consumer groups"
      end

      # @return [ListConsumerGroupsReport, nil] nil if the operation failed
      def create_result
        prepared_result
      end

      # @raise [RdkafkaError] always
      def raise_error
        raise_response
      end

      private

      def outcome_of(answer)
        succeeded(ListConsumerGroupsReport.new(*answer))
      end
    end
  end
end
