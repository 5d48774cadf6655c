# frozen_string_literal: true

module Rdkafka
  class Admin
    # What became of a group's offsets that were to be forgotten.
    class DeleteConsumerGroupOffsetsReport
      # @return [String] the group
      attr_reader :group_name

      # @return [String, nil] why nothing was done; nil if it was
      attr_reader :error_string

      # @return [Array<Hash>] each with `topic:`, `partition:`, `offset:` (-1001) and `error:` (nil on success)
      attr_reader :partitions

      # @private
      # @param error_string [String, nil]
      # @param group_name [String]
      # @param partitions [Array<Hash>]
      def initialize(error_string, group_name, partitions)
        @error_string = error_string
        @group_name = group_name
        @partitions = partitions
      end
    end

    # Awaits that offsets of a group are forgotten.
    class DeleteConsumerGroupOffsetsHandle < AbstractHandle
      include KarafkaNative::AdminHandle
      include KarafkaNative::GroupOffsets

      # @return [String]
      def operation_name
        "delete consumer group offsets"
      end

      # @return [DeleteConsumerGroupOffsetsReport, nil] nil if the operation failed as a whole
      def create_result
        prepared_result
      end

      # @raise [RdkafkaError] always
      def raise_error
        raise_response
      end

      private

      def outcome_of(answer)
        group_offsets_outcome(answer, DeleteConsumerGroupOffsetsReport)
      end
    end
  end
end
