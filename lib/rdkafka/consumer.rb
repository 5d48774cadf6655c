# frozen_string_literal: true

require_relative "consumer/headers"
require_relative "consumer/message"
require_relative "consumer/offsets"
require_relative "consumer/partition"
require_relative "consumer/polling"
require_relative "consumer/subscription"
require_relative "consumer/topic_partition_list"

module Rdkafka
  # Consumes messages. Created by {Config#consumer}.
  #
  # Methods may be called from several threads at once. Methods that wait can be interrupted (`Timeout`, `Thread#raise`,
  # `Thread#kill`, signals), and let other fibers run under a fiber scheduler. After an interrupt, the next poll returns
  # a message that was already fetched; a request to a broker continues by itself, and {#close} waits for its end.
  class Consumer
    include Enumerable
    include Internal::Client
    include Helpers::Time
    include Helpers::OAuth
    include Helpers::SASL
    include Helpers::Metadata
    include Helpers::ListOffsets

    # What a finalizer of a consumer would call. The driver sets none: a native thread closes clients that were
    # collected while open.
    #
    # @private
    # @param native_kafka [KarafkaNative::Native::Consumer]
    # @param queue_holder [Object] ignored
    # @return [Proc] closes the native client, unless it is already closed or was created by another process
    # @raise [TypeError] when native_kafka is something else
    def self.finalizer(native_kafka, queue_holder) # rubocop:disable Lint/UnusedMethodArgument
      unless native_kafka.is_a?(KarafkaNative::Native::Consumer)
        raise TypeError, "native_kafka has to be a KarafkaNative::Native::Consumer, got #{native_kafka.class}"
      end

      ->(_object_id) { new(native_kafka, nil, true).close }
    end

    # @private
    # @param native [KarafkaNative::Native::Consumer]
    # @param callbacks [Internal::Callbacks]
    # @param one_queue [Boolean] whether events are served by polling for messages
    def initialize(native, callbacks, one_queue)
      @native = native
      @callbacks = callbacks
      @one_queue = one_queue
      @poller = nil
      @started = false
    end

    # Serves the first events (which calls a token refresh callback on this thread).
    # {Config#consumer} does it unless told otherwise. Further calls do nothing.
    #
    # @return [nil]
    # @raise [ClosedInnerError]
    # @raise [Exception] what a callback raises
    def start
      start_once
    end

    # @return [String] such as `rdkafka#consumer-1`, binary; cached after the first call
    # @raise [ClosedInnerError]
    def name
      @name ||= @native.name
    end

    # Leaves the group and frees the client. Ends polls of other threads and waits for their other operations. A
    # rebalance listener gets the revoked partitions on this thread. Runs without the GVL, except for listeners.
    #
    # If interrupted, the consumer stays open and can be closed again. Closing a closed consumer does nothing.
    #
    # @return [nil]
    def close
      @native.close
      nil
    end

    # @private
    # @param timeout_ms [Integer, nil]
    # @return [Integer] 0: consumers give up no messages
    def close_at_exit(timeout_ms)
      @native.close_at_exit(timeout_ms) || 0
    end

    # @return [Boolean] whether it is closed, or was created by another process
    def closed?
      @native.closed?
    end

    # @param timeout_ms [Integer] how long to wait, without the GVL
    # @return [String, nil] the cluster's id
    # @raise [ClosedConsumerError]
    def cluster_id(timeout_ms = Defaults::CONSUMER_CLUSTER_ID_TIMEOUT_MS)
      require_open(__method__)
      @native.cluster_id(timeout_ms)
    end

    # @return [String, nil] the id assigned by the group's coordinator; empty before joining
    # @raise [ClosedConsumerError]
    def member_id
      require_open(__method__)
      @native.member_id
    end

    # The consumer's current identity in its group, for {Producer#send_offsets_to_transaction}, which destroys it.
    # Otherwise it is freed with the pointer.
    #
    # @private
    # @return [Internal::FFI::Pointer] a null pointer without a group; can be freed with
    #   {Bindings.rd_kafka_consumer_group_metadata_destroy}
    # @raise [RdkafkaError] when the consumer has given up its partitions to leave the group
    # @raise [ClosedConsumerError]
    def consumer_group_metadata_pointer
      require_open(__method__)
      metadata = @native.consumer_group_metadata_pointer
      metadata ? Internal::GroupMetadataPointer.new(metadata) : Internal::FFI::Pointer::NULL
    end

    # Removed.
    #
    # @raise [NotImplementedError]
    def each_batch(max_items: 100, bytes_threshold: Float::INFINITY, timeout_ms: 250, yield_on_error: false, &block)
      raise NotImplementedError, "`each_batch` has been removed; take messages by `poll_batch` or `each` instead"
    end

    private

    def checked(list)
      return list if list.is_a?(TopicPartitionList)

      raise TypeError, "list has to be a TopicPartitionList"
    end

    def checked_or_nil(list)
      return list if list.nil? || list.is_a?(TopicPartitionList)

      raise TypeError, "list has to be nil or a TopicPartitionList"
    end
  end
end
