# frozen_string_literal: true

module Rdkafka
  # Brokers and topics of a cluster, as one broker knows them.
  class Metadata
    # Errors that may be gone at the next attempt.
    RETRIED = %i[timed_out leader_not_available].freeze
    private_constant :RETRIED

    # @return [Array<Hash>] each with `broker_id:`, `broker_name:` and `broker_port:`
    attr_reader :brokers

    # @return [Array<Hash>] each with `topic_name:`, `partition_count:` and `partitions:`, an Array of Hashes with
    #   `partition_id:`, `leader:`, `replica_count:`, `in_sync_replica_brokers:`, `replicas:` and `isrs:`
    attr_reader :topics

    # Asks a broker, without the GVL. Retries after timeouts and missing leaders, up to
    # {Defaults::METADATA_MAX_RETRIES} times.
    #
    # @param native_client [KarafkaNative::Native::Producer, KarafkaNative::Native::Consumer,
    #   KarafkaNative::Native::Admin]
    # @param topic_name [String, nil] nil for all topics
    # @param timeout_ms [Integer] how long each request may take
    # @raise [RdkafkaError]
    def initialize(native_client, topic_name = nil, timeout_ms = Defaults::METADATA_TIMEOUT_MS)
      started = now_ms
      attempt = 0
      begin
        attempt += 1
        @brokers, @topics, code = native_client.metadata(topic_name, timeout_ms)
        RdkafkaError.validate!(code)
      rescue RdkafkaError => e
        raise if !RETRIED.include?(e.code) || give_up?(attempt, now_ms - started)

        sleep(backoff_ms(attempt) / 1000.0)
        retry
      end
    end

    private

    def give_up?(attempt, elapsed_ms)
      attempt > Defaults::METADATA_MAX_RETRIES ||
        (attempt >= Defaults::METADATA_MIN_ATTEMPTS && elapsed_ms > Defaults::METADATA_RETRY_BUDGET_MS)
    end

    def backoff_ms(attempt)
      [(2**attempt) * Defaults::METADATA_RETRY_BACKOFF_BASE_MS, Defaults::METADATA_RETRY_BACKOFF_MAX_MS].min
    end

    def now_ms
      Process.clock_gettime(Process::CLOCK_MONOTONIC, :millisecond)
    end
  end
end
