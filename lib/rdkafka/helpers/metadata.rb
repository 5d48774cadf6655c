# frozen_string_literal: true

module Rdkafka
  module Helpers
    # Metadata, for all clients but share consumers.
    module Metadata
      # @param topic_name [String, nil] nil for all topics of the cluster
      # @param timeout_ms [Integer] how long each request may take, in ms; without the GVL
      # @return [Rdkafka::Metadata]
      # @raise [RdkafkaError]
      # @raise [TypeError] when topic_name is not a String
      # @raise [ClosedConsumerError, ClosedProducerError, ClosedAdminError]
      def metadata(topic_name = nil, timeout_ms = Defaults::METADATA_TIMEOUT_MS)
        require_open(__method__)
        Rdkafka::Metadata.new(@native, topic_name, timeout_ms)
      end
    end
  end
end
