# frozen_string_literal: true

module KarafkaNative
  # How handles of operations on a group's offsets read the answer.
  #
  # @private
  module GroupOffsets
    private

    # The group's own error counts first, then that of the first partition that failed.
    def group_offsets_outcome(answer, report_class)
      group, error, partitions = answer
      report = report_class.new(error&.broker_message, group, partitions)
      error ||= partition_error(partitions)
      error ? failed(error, report) : succeeded(report)
    end

    def partition_error(partitions)
      failed = partitions.find { |partition| partition[:error] } or return
      text = Text.join("Failed for partition #{failed[:partition]} of '", failed[:topic], "'")
      Rdkafka::RdkafkaError.new(failed[:error].rdkafka_response, broker_message: text)
    end
  end
end
