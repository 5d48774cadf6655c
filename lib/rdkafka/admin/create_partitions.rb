# frozen_string_literal: true

module Rdkafka
  class Admin
    # What became of a topic that was to get more partitions.
    class CreatePartitionsReport < CreateTopicReport
    end

    # Awaits the creation of partitions.
    class CreatePartitionsHandle < AbstractHandle
      include KarafkaNative::AdminHandle

      # @return [String]
      def operation_name
        "create partitions"
      end

      private

      def outcome_of(answer)
        named_outcome(answer, CreatePartitionsReport)
      end
    end
  end
end
