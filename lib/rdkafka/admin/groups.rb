# frozen_string_literal: true

require_relative "handle"
require_relative "named_report"

module Rdkafka
  class Admin
    # librdkafka's numbers of the states of groups.
    GROUP_STATES = {
      unknown: Bindings::RD_KAFKA_CONSUMER_GROUP_STATE_UNKNOWN,
      preparing_rebalance: Bindings::RD_KAFKA_CONSUMER_GROUP_STATE_PREPARING_REBALANCE,
      completing_rebalance: Bindings::RD_KAFKA_CONSUMER_GROUP_STATE_COMPLETING_REBALANCE,
      stable: Bindings::RD_KAFKA_CONSUMER_GROUP_STATE_STABLE,
      dead: Bindings::RD_KAFKA_CONSUMER_GROUP_STATE_DEAD,
      empty: Bindings::RD_KAFKA_CONSUMER_GROUP_STATE_EMPTY
    }.freeze
    # librdkafka's numbers of the types of groups that have offsets.
    GROUP_TYPES = {
      consumer: Bindings::RD_KAFKA_CONSUMER_GROUP_TYPE_CONSUMER,
      classic: Bindings::RD_KAFKA_CONSUMER_GROUP_TYPE_CLASSIC
    }.freeze
    private_constant :GROUP_STATES, :GROUP_TYPES

    # Lists the consumer groups of all brokers. `wait` does not raise for brokers that cannot be asked.
    #
    # @param states [Array<Symbol>, nil] only groups that are `:stable`, `:empty`, `:dead`, `:preparing_rebalance`,
    #   `:completing_rebalance` or `:unknown`; nil for all
    # @param types [Array<Symbol>, nil] only groups of the `:consumer` or the `:classic` protocol; nil for all
    # @param include_types [Boolean] also tell the type of each group
    # @param request_timeout_ms [Integer, nil] see {Admin}
    # @param broker_id [Integer, nil] ask only this broker, for the groups that it coordinates
    # @return [ListConsumerGroupsHandle]
    # @raise [ArgumentError] for another state or type, and for an option out of range
    # @raise [RdkafkaError] `:invalid_arg` for a state or type that is given twice
    # @raise [ClosedAdminError]
    def list_consumer_groups(states: nil, types: nil, include_types: false, request_timeout_ms: nil, broker_id: nil)
      require_open(__method__)
      states = numbers_of(states, GROUP_STATES, "state")
      types = numbers_of(types, GROUP_TYPES, "type")
      native = @native.list_consumer_groups(states, types, [request_timeout_ms, nil, broker_id])
      ListConsumerGroupsHandle.new(native, include_types: include_types)
    end

    # Describes consumer groups. `wait` does not raise for a group that cannot be described; one that does not exist is
    # dead.
    #
    # @param group_ids [Array<String>] each at most once
    # @param include_authorized_operations [Boolean] also return the operations that this client may do
    # @param request_timeout_ms [Integer, nil] see {Admin}
    # @return [DescribeConsumerGroupsHandle]
    # @raise [TypeError] when an id is not a String
    # @raise [ArgumentError] when an id contains a null byte, and for an option out of range
    # @raise [Config::ClientCreationError] when the second client is refused
    # @raise [ClosedAdminError]
    def describe_consumer_groups(group_ids, include_authorized_operations: false, request_timeout_ms: nil)
      require_open(__method__)
      ids = Internal::Argument.collection(group_ids, "group_ids").to_a
      native = @native.describe_consumer_groups(ids, include_authorized_operations, [request_timeout_ms])
      DescribeConsumerGroupsHandle.new(native)
    end

    # Deletes a group of any type, which must not have members.
    #
    # @param group_id [String]
    # @param request_timeout_ms [Integer, nil] see {Admin}
    # @return [DeleteGroupsHandle]
    # @raise [TypeError] when the id is not a String
    # @raise [ArgumentError] when the id contains a null byte, and for an option out of range
    # @raise [Config::ClientCreationError] when the second client is refused
    # @raise [ClosedAdminError]
    def delete_group(group_id, request_timeout_ms: nil)
      require_open(__method__)
      DeleteGroupsHandle.new(@native.delete_group(group_id, [request_timeout_ms]))
    end

    # The consumer groups of a cluster.
    class ListConsumerGroupsReport
      # @return [Array<Hash>] each with `group_id:`, `is_simple_consumer_group:`, `state:` and `state_name:`, and with
      #   `type:` and `type_name:` if these were asked for, sorted by id
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

    # Pending list of consumer groups.
    class ListConsumerGroupsHandle < Handle
      awaits "list consumer groups" do |(groups, errors)|
        groups = groups.map { |group| group.except(:type, :type_name) } unless @include_types
        succeeded(ListConsumerGroupsReport.new(groups, errors))
      end

      # @param native [KarafkaNative::Native::Operation, nil] see {Handle#initialize}
      # @param include_types [Boolean]
      def initialize(native = nil, include_types: false)
        super(native)
        @include_types = include_types
      end
    end

    # Description of consumer groups.
    class DescribeConsumerGroupsReport
      # @return [Array<Hash>] in the order asked for, each with `group_id:`, `error:` (nil, or why there is no
      #   information), `is_simple_consumer_group:`, `state:`, `state_name:`, `type:`, `type_name:`,
      #   `partition_assignor:`, `coordinator:` (a node, or nil), `authorized_operations:` (nil unless asked for) and
      #   `members:`. A member has `member_id:`, `client_id:`, `group_instance_id:`, `host:`, `assignment:` and
      #   `target_assignment:`; assignments are Hashes from topic to partitions, the target is nil but for the
      #   `consumer` protocol
      attr_reader :groups

      # @private
      # @param groups [Array<Hash>]
      def initialize(groups)
        @groups = groups
      end
    end

    # Pending description of consumer groups.
    class DescribeConsumerGroupsHandle < Handle
      awaits("describe consumer groups") { |answer| succeeded(DescribeConsumerGroupsReport.new(answer)) }
    end

    # Result of deleting a group.
    class DeleteGroupsReport < NamedReport
    end

    # Pending deletion of a group.
    class DeleteGroupsHandle < Handle
      awaits("delete groups") { |answer| named(answer, DeleteGroupsReport) }
    end

    private

    def numbers_of(names, known, what)
      return [] if names.nil?

      Internal::Argument.collection(names, "#{what}s").map do |name|
        known.fetch(name) { raise ArgumentError, "Unknown #{what} of a group: #{name.inspect}" }
      end
    end
  end
end
