# frozen_string_literal: true

require "rdkafka/producer/testing"

RSpec.describe PublicCalls do
  # Values, and what librdkafka, Ruby or other gems call.
  let(:values) do
    /(Report|Result|Error|Message|Partition|Metadata|Deliveries|Opaque)\z|\ARdkafka::(Helpers::Time|Testing)\z/
  end
  let(:others) do
    {
      "Rdkafka::Bindings" => %i[rd_kafka_global_init lib_extension attach_function extract_fatal_error rd_kafka_name
                                rd_kafka_rebalance_protocol rd_kafka_assign rd_kafka_incremental_assign
                                rd_kafka_incremental_unassign rd_kafka_commit
                                rd_kafka_consumer_group_metadata_destroy],
      "Rdkafka::Config" => %i[callable opaques log_queue ensure_log_thread state],
      "Rdkafka::Clients" => %i[register close_at_exit close_all], "Rdkafka::AbstractHandle" => %i[register remove],
      "Rdkafka::RdkafkaError" => %i[validate! build build_from_c build_fatal],
      "Rdkafka::Producer" => %i[new], "Rdkafka::Consumer" => %i[finalizer],
      "Rdkafka::Consumer::Headers" => %i[from_native], "KarafkaNative::MockCluster" => %i[new],
      "Rdkafka::Consumer::TopicPartitionList" => %i[forgetting from_native_tpl],
      "Rdkafka::ShareConsumer" => %i[finalizer partition_offsets_from_native build_acknowledgement_commit_function]
    }
  end
  let(:mods) do
    ApiSurface.modules_below(Rdkafka) + [KarafkaNative, KarafkaNative::MockCluster, KarafkaNative::Partitioner]
  end

  it "have every public function" do
    functions = mods.flat_map do |mod|
      (mod.singleton_methods(false) - others.fetch(mod.name, [])).map { |name| "#{mod.name}.#{name}" }
    end

    expect(functions).to match_array(described_class::FUNCTIONS.keys)
  end

  it "have every class with public methods" do
    known = described_class.kinds.each_value.filter_map(&:owner).flat_map { |owner| Object.const_get(owner).ancestors }
    having = mods.reject { |mod| mod.public_instance_methods(false).empty? }

    expect(having.reject { |mod| known.include?(mod) || values.match?(mod.name) || mod <= Rdkafka::Admin::Handle })
      .to eq([])
  end

  it "have arguments for every public method that needs some" do
    expect(described_class.kinds.transform_values { |kind| kind.owner ? kind.missing : [] }.values.flatten).to eq([])
  end
end
