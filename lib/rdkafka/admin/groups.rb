# frozen_string_literal: true

require_relative "handle"
require_relative "named_report"

module Rdkafka
  # Consumer groups: listing, describing and deleting them.
  class Admin
    # Asks every broker for its consumer groups. Brokers that cannot be asked do not make `wait` raise.
    #
    # @return [ListConsumerGroupsHandle]
    # @raise [ClosedAdminError]
    def list_consumer_groups
      closed_admin_check(__method__)
      ListConsumerGroupsHandle.new(@native.list_groups)
    end

    # Describes consumer groups. A group that cannot be described does not make `wait` raise; one that does not exist is
    # dead.
    #
    # @param group_ids [Array<String>] each at most once
    # @param include_authorized_operations [Boolean] also ask what this client may do
    # @return [DescribeConsumerGroupsHandle]
    # @raise [TypeError] when an id is no String
    # @raise [ArgumentError] when an id contains a null byte
    # @raise [ClosedAdminError]
    def describe_consumer_groups(group_ids, include_authorized_operations: false)
      closed_admin_check(__method__)
      ids = Internal::Argument.collection(group_ids, "group_ids").to_a
      DescribeConsumerGroupsHandle.new(@native.describe_groups(ids, include_authorized_operations))
    end

    # Deletes a consumer group, which must not have members.
    #
    # @param group_id [String]
    # @return [DeleteGroupsHandle]
    # @raise [TypeError] when the id is no String
    # @raise [ArgumentError] when the id contains a null byte
    # @raise [RdkafkaError] `:unsupported_feature` when the client is configured for brokers that cannot do it
    # @raise [ClosedAdminError]
    def delete_group(group_id)
      closed_admin_check(__method__)
      DeleteGroupsHandle.new(@native.delete_group(group_id))
    end

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
    class ListConsumerGroupsHandle < Handle
      awaits("list consumer groups") { |answer| succeeded(ListConsumerGroupsReport.new(*answer)) }
    end

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
    class DescribeConsumerGroupsHandle < Handle
      awaits("describe consumer groups") { |answer| succeeded(DescribeConsumerGroupsReport.new(answer)) }
    end

    # What became of a group that was to be deleted.
    class DeleteGroupsReport < NamedReport
    end

    # Awaits the deletion of a group.
    class DeleteGroupsHandle < Handle
      awaits("delete groups") { |answer| named(answer, DeleteGroupsReport) }
    end
  end
end
