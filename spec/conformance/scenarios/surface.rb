# frozen_string_literal: true

# Constants.

scenario "the versions" do
  [Rdkafka::LIBRDKAFKA_VERSION, Rdkafka::LIBRDKAFKA_SOURCE_SHA256, Rdkafka::VERSION]
end

scenario "the defaults" do
  Rdkafka::Defaults.constants.sort.to_h { |name| [name, Rdkafka::Defaults.const_get(name)] }
end

scenario "the constants under Rdkafka" do
  %i[
    AbstractHandle Admin BaseError Bindings Callbacks Clients ClosedAdminError ClosedConsumerError ClosedInnerError
    ClosedProducerError Config Consumer Defaults Helpers LIBRDKAFKA_SOURCE_SHA256 LIBRDKAFKA_VERSION LibraryLoadError
    Metadata Opaque Producer RdkafkaError RdkafkaTopicPartitionListError VERSION
  ].to_h { |name| [name, Rdkafka.const_defined?(name) ? Rdkafka.const_get(name).class : nil] }
end

scenario "the constants of the bindings" do
  bindings = Rdkafka::Bindings
  bindings.constants.sort.grep(/\A(RD_KAFKA|FATAL|EMPTY|PARTITIONERS)/).to_h { |name| [name, bindings.const_get(name)] }
end

scenario "which modules clients include" do
  [Rdkafka::Consumer, Rdkafka::Producer, Rdkafka::Admin].to_h do |client|
    [client, client.ancestors.select { |ancestor| ancestor.name.to_s.match?(/\A(Rdkafka::Helpers|Enumerable)/) }]
  end
end

scenario "the methods of a consumer" do
  signatures(
    Rdkafka::Consumer, :start, :name, :enable_queue_io_events, :enable_background_queue_io_events, :events_poll_nb_each,
    :poll_nb_each, :close, :closed?, :subscribe, :unsubscribe, :pause, :resume, :subscription, :assign, :assignment,
    :assignment_lost?, :committed, :position, :query_watermark_offsets, :lag, :cluster_id, :member_id, :store_offset,
    :seek, :seek_by, :offsets_for_times, :commit, :poll, :poll_nb, :poll_batch, :poll_batch_nb, :events_poll,
    :events_poll_nb, :each, :each_batch, :list_offsets, :metadata, :oauthbearer_set_token,
    :oauthbearer_set_token_failure
  )
end

scenario "the methods of a producer" do
  signatures(
    Rdkafka::Producer, :start, :name, :set_topic_config, :enable_queue_io_events, :enable_background_queue_io_events,
    :delivery_callback, :delivery_callback_arity, :delivery_callback=, :close, :closed?, :flush, :purge, :queue_size,
    :queue_length, :events_poll_nb_each, :partition_count, :produce, :arity, :metadata,
    :oauthbearer_set_token, :oauthbearer_set_token_failure
  ) + signatures(Rdkafka::Producer.singleton_class, :partitions_count_cache, :partitions_count_cache=)
end

scenario "the methods of an admin client that every client has" do
  signatures(
    Rdkafka::Admin, :start, :name, :enable_queue_io_events, :enable_background_queue_io_events, :events_poll_nb_each,
    :close, :closed?, :create_topic, :delete_topic, :list_offsets, :metadata, :oauthbearer_set_token,
    :oauthbearer_set_token_failure
  )
end

scenario "the methods of handles and reports" do
  signatures(Rdkafka::AbstractHandle, :pending?, :wait, :result, :result=, :broker_message, :broker_message=, :unlock,
    :operation_name, :create_result, :prepared_result, :raise_error) +
    signatures(Rdkafka::Producer::DeliveryHandle, :label, :label=, :topic, :topic=, :operation_name, :create_result) +
    signatures(Rdkafka::Producer::DeliveryReport, :initialize, :partition, :offset, :topic_name, :topic, :error, :label,
      :status, :latency, :broker_id, :persisted?, :possibly_persisted?, :not_persisted?) +
    signatures(Rdkafka::Producer::PartitionsCountCache, :initialize, :get, :set, :to_h)
end

scenario "the methods of a message" do
  signatures(Rdkafka::Consumer::Message, :topic, :partition, :payload, :key, :offset, :timestamp, :headers, :to_s)
end

scenario "the helpers" do
  [Rdkafka::Helpers::Time, Rdkafka::Helpers::OAuth, Rdkafka::Helpers::Metadata, Rdkafka::Helpers::ListOffsets]
    .to_h { |helper| [helper, signatures(helper, *helper.public_instance_methods(false).sort)] }
end

scenario "the time helper" do
  made = consumer
  [made.monotonic_now.class, made.monotonic_now_ms.class, producer.monotonic_now.class]
end

scenario "Bindings.partition_key_length" do
  bindings = Rdkafka::Bindings
  texts = ["", "abc", "éé", "é".b]
  [false, true].map do |bytes|
    Rdkafka::Config.partitioner_key_uses_bytesize = bytes
    texts.map do |text|
      [bindings.partition_key_size(text), bindings.partition_key_bytesize(text), bindings.partition_key_length(text)]
    end
  end
end

scenario "Bindings.lib_extension" do
  Rdkafka::Bindings.lib_extension
end

scenario "Bindings.rd_kafka_global_init may be called again" do
  2.times { Rdkafka::Bindings.rd_kafka_global_init }
  :done
end

scenario "what requiring the driver loads" do
  process(<<~RUBY)
    p defined?(Logger), defined?(JSON), defined?(ObjectSpace::WeakMap), defined?(FFI), defined?(Rdkafka::Testing)
    require "rdkafka/producer/testing"
    p defined?(Rdkafka::Testing)
  RUBY
end
