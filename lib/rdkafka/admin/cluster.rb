# frozen_string_literal: true

require_relative "handle"

module Rdkafka
  class Admin
    # Describes the cluster.
    #
    # @param include_authorized_operations [Boolean] also return the operations that this client may do
    # @param request_timeout_ms [Integer, nil] see {Admin}
    # @param broker_id [Integer, nil] see {Admin}
    # @return [DescribeClusterHandle]
    # @raise [ArgumentError] for an option out of range
    # @raise [ClosedAdminError]
    def describe_cluster(include_authorized_operations: false, request_timeout_ms: nil, broker_id: nil)
      require_open(__method__)
      options = [request_timeout_ms, nil, broker_id]
      DescribeClusterHandle.new(@native.describe_cluster(include_authorized_operations, options))
    end

    # Description of the cluster.
    class DescribeClusterReport
      # @return [String, nil]
      attr_reader :cluster_id

      # @return [Hash, nil] the node that is the controller: `id:`, `host:`, `port:` and `rack:`
      attr_reader :controller

      # @return [Array<Hash>] all nodes
      attr_reader :nodes

      # @return [Array<Integer>, nil] what this client may do; nil unless asked for
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

    # Pending description of the cluster.
    class DescribeClusterHandle < Handle
      awaits("describe cluster") { |answer| succeeded(DescribeClusterReport.new(*answer)) }
    end
  end
end
