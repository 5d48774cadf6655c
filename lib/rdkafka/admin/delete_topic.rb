# frozen_string_literal: true

module Rdkafka
  class Admin
    # What became of a topic that was to be deleted.
    class DeleteTopicReport
      # @return [String, nil] why it failed; nil on success
      attr_reader :error_string

      # @return [String] the topic
      attr_reader :result_name

      # @private
      # @param error_string [String, nil]
      # @param result_name [String]
      def initialize(error_string, result_name)
        @error_string = error_string
        @result_name = result_name
      end
    end

    # Awaits the deletion of a topic.
    class DeleteTopicHandle < AbstractHandle
      include KarafkaNative::AdminHandle

      # @return [String]
      def operation_name
        "delete topic"
      end

      private

      def outcome_of(answer)
        named_outcome(answer, DeleteTopicReport)
      end
    end
  end
end
