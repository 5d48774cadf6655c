# frozen_string_literal: true

module Rdkafka
  class Admin
    # What became of a group that was to be deleted.
    class DeleteGroupsReport
      # @return [String, nil] why it failed; nil on success
      attr_reader :error_string

      # @return [String] the group
      attr_reader :result_name

      # @private
      # @param error_string [String, nil]
      # @param result_name [String]
      def initialize(error_string, result_name)
        @error_string = error_string
        @result_name = result_name
      end
    end

    # Awaits the deletion of a group.
    class DeleteGroupsHandle < AbstractHandle
      include KarafkaNative::AdminHandle

      # @return [String]
      def operation_name
        "delete groups"
      end

      # @raise [RdkafkaError] always
      def raise_error
        raise_response
      end

      private

      def outcome_of(answer)
        named_outcome(answer, DeleteGroupsReport)
      end
    end
  end
end
