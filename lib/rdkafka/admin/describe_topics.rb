# frozen_string_literal: true

module Rdkafka
  class Admin
    # What brokers tell of topics.
    class DescribeTopicsReport
      # @return [Array<Hash>] each with `name:`, `topic_id:` (base64, or nil), `is_internal:`, `partitions:`,
      #   `authorized_operations:` (nil if not asked for) and `error:` (nil, or why nothing can be told). A partition
      #   has `partition:`, `leader:` (or nil), `replicas:` and `isr:`; a node `id:`, `host:`, `port:` and `rack:`
      attr_reader :topics

      # @private
      # @param topics [Array<Hash>]
      def initialize(topics)
        @topics = topics
      end
    end

    # Awaits the description of topics.
    class DescribeTopicsHandle < AbstractHandle
      include KarafkaNative::AdminHandle

      # @return [String]
      def operation_name
        "describe topics"
      end

      # @return [DescribeTopicsReport, nil] nil if the operation failed
      def create_result
        prepared_result
      end

      # @raise [RdkafkaError] always
      def raise_error
        raise_response
      end

      private

      def outcome_of(answer)
        succeeded(DescribeTopicsReport.new(answer))
      end
    end
  end
end
