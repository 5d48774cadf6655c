# frozen_string_literal: true

Scenario.add "list of 10,000 partitions to native and back", place: 6, share: 0.001, goals: { ffi: 10 } do
  config # loads the driver
  partitions = list(10_000)
  bindings = Rdkafka::Bindings
  destroy = bindings.respond_to?(:rd_kafka_topic_partition_list_destroy)
  measure(messages) do
    native = partitions.to_native_tpl
    Rdkafka::Consumer::TopicPartitionList.from_native_tpl(native)
    bindings.rd_kafka_topic_partition_list_destroy(native) if destroy
    1
  end
end
