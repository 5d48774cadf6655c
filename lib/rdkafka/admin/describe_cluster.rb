# frozen_string_literal: true

module Rdkafka
  class Admin
    # What a cluster tells of itself.
    class DescribeClusterReport
      # @return [String, nil]
      attr_reader :cluster_id

      # @return [Hash, nil] the node that is the controller: `id:`, `host:`, `port:` and `rack:`
      attr_reader :controller

      # @return [Array<Hash>] all nodes
      attr_reader :nodes

      # @return [Array<Integer>, nil] what this client may do; nil if it was not asked for
      attr_reader :authorized_operations

      # @private
      # @param cluster_id [String, nil]
      # @param controller [Hash, nil]
      # @param nodes [Array<Hash>]
      # @param authorized_operations [Array<Integer>, nil]
      def initialize(cluster_id, controller, nodes, authorized_operations)
        @cluster_id = cluster_id
        @controller = controller
        @nodes = nodes
        @authorized_operations = authorized_operations
      end
    end

    # Awaits the description of the cluster.
    class DescribeClusterHandle < AbstractHandle
      include KarafkaNative::AdminHandle

      # @return [String]
      def operation_name
        "describe cluster"
      end

      # @return [DescribeClusterReport, nil] nil if the operation failed
      def create_result
        prepared_result
      end

      # @raise [RdkafkaError] always
      def raise_error
        raise_response
      end

      private

      def outcome_of(answer)
        succeeded(DescribeClusterReport.new(*answer))
      end
    end
  end
end
