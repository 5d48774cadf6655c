# frozen_string_literal: true

require_relative "handle"

module Rdkafka
  class Admin
    # Elects leaders of partitions. `wait` does not raise for a partition that gets no leader, or that needs no election
    # (the partition then has the error `:election_not_needed`).
    #
    # @param election [Symbol] `:preferred` for the first of a partition's replicas; `:unclean` for any live replica of
    #   a partition without a leader, which may lose messages
    # @param partitions [Consumer::TopicPartitionList, nil] nil for all; the report then has those for which a leader
    #   was elected
    # @param request_timeout_ms [Integer, nil] see {Admin}
    # @param operation_timeout_ms [Integer, nil] see {Admin}
    # @param broker_id [Integer, nil] see {Admin}
    # @return [ElectLeadersHandle]
    # @raise [ArgumentError] for another election, for a list without partitions, when a name contains a null byte, and
    #   for an option out of range
    # @raise [TypeError] for anything but a list
    # @raise [ClosedAdminError]
    def elect_leaders(election, partitions = nil, request_timeout_ms: nil, operation_timeout_ms: nil, broker_id: nil)
      require_open(__method__)
      unless %i[preferred unclean].include?(election)
        raise ArgumentError, "election has to be :preferred or :unclean, not #{election.inspect}"
      end

      check_partitions(partitions)
      options = [request_timeout_ms, operation_timeout_ms, broker_id]
      ElectLeadersHandle.new(@native.elect_leaders(election == :unclean, partitions, options))
    end

    # Result of electing leaders.
    class ElectLeadersReport
      # @return [Array<Hash>] each with `topic:`, `partition:` and `error:` (nil when a leader was elected)
      attr_reader :partitions

      # @private
      # @param partitions [Array<Hash>]
      def initialize(partitions)
        @partitions = partitions
      end
    end

    # Pending election of leaders.
    class ElectLeadersHandle < Handle
      awaits("elect leaders") { |answer| succeeded(ElectLeadersReport.new(answer)) }
    end
  end
end
