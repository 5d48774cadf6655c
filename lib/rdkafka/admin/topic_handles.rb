# frozen_string_literal: true

module Rdkafka
  class Admin
    # What became of a topic that was created.
    class CreateTopicReport
      # @return [String, nil] nil on success
      attr_reader :error_string

      # @return [String] the topic
      attr_reader :result_name

      # @private
      def initialize(error_string, result_name)
        @error_string = error_string
        @result_name = result_name
      end
    end

    # What became of a topic that was deleted.
    class DeleteTopicReport
      # @return [String, nil] nil on success
      attr_reader :error_string

      # @return [String] the topic
      attr_reader :result_name

      # @private
      def initialize(error_string, result_name)
        @error_string = error_string
        @result_name = result_name
      end
    end

    # Awaits an answer that tells of one topic.
    #
    # @private
    class TopicHandle < OperationHandle
      private

      def take(answer)
        name, error = answer.first
        return fail_with(error) if error

        self.result = report_class.new(nil, name)
      end
    end
    private_constant :TopicHandle

    # Awaits the creation of a topic.
    class CreateTopicHandle < TopicHandle
      # @return [String]
      def operation_name
        "create topic"
      end

      private

      def report_class
        CreateTopicReport
      end
    end

    # Awaits the deletion of a topic.
    class DeleteTopicHandle < TopicHandle
      # @return [String]
      def operation_name
        "delete topic"
      end

      private

      def report_class
        DeleteTopicReport
      end
    end
  end
end
