# frozen_string_literal: true

module Rdkafka
  class Producer
    # Prepares a producer with a `transactional.id` for transactions. Has to be called once, before anything else.
    # Fences older producers with the same id, and waits for their last transaction to end. Times out after twice
    # `transaction.timeout.ms` (`:timed_out`, retryable).
    #
    # All transaction calls run without the GVL. Their errors say what to do: for `retryable?`, call again; for
    # `abortable?`, call {#abort_transaction}; for `fatal?`, close the producer.
    #
    # The calls can be interrupted at any moment (`Timeout`, `Thread#raise`, `Thread#kill`), but their requests
    # continue. The next transaction call first waits until the interrupted one has ended (within its own timeout, or it
    # raises `:timed_out`, retryable). Then
    #
    # - the same call returns or raises what the interrupted one would have,
    # - {#abort_transaction} aborts, or raises `:state` after a successful commit, because there is nothing to abort,
    # - any other call raises the interrupted call's error, if any, or runs normally.
    #
    # {#close} waits 5 seconds at most for a call in progress. Threads that still wait for it then get a
    # {ClosedProducerError}; whether the transaction was committed is unknown.
    #
    # @return [true]
    # @raise [RdkafkaError] `:not_configured` without `transactional.id`
    # @raise [ClosedProducerError]
    def init_transactions
      require_open(__method__)
      @native.init_transactions
      true
    end

    # Starts a transaction. All messages produced until its end belong to it.
    #
    # @return [true]
    # @raise [RdkafkaError] `:state` before {#init_transactions} and inside a transaction
    # @raise [ClosedProducerError]
    def begin_transaction
      require_open(__method__)
      @native.begin_transaction
      true
    end

    # Delivers outstanding messages, then commits. Delivery callbacks may run on this thread.
    #
    # @param timeout_ms [Integer] -1 for the rest of the transaction's timeout
    # @return [true]
    # @raise [RdkafkaError] `:timed_out` is retryable: call again to continue waiting
    # @raise [ClosedProducerError]
    def commit_transaction(timeout_ms = -1)
      require_open(__method__)
      @native.commit_transaction(timeout_ms)
      true
    end

    # Gives up outstanding messages (their handles fail with `:purge_queue` or `:purge_inflight`), then aborts. Delivery
    # callbacks may run on this thread.
    #
    # @param timeout_ms [Integer] -1 for the rest of the transaction's timeout
    # @return [true]
    # @raise [RdkafkaError] `:timed_out` is retryable: call again to continue waiting
    # @raise [ClosedProducerError]
    def abort_transaction(timeout_ms = -1)
      require_open(__method__)
      @native.abort_transaction(timeout_ms)
      true
    end

    # Makes offsets of a consumer group part of the transaction, which commits them.
    #
    # @param consumer [#consumer_group_metadata_pointer] the consumer, or an object in its place
    # @param tpl [Consumer::TopicPartitionList] the offsets to continue at: those of the last messages plus 1
    # @param timeout_ms [Integer] -1 for the rest of the transaction's timeout
    # @return [false, nil] nil when there are no offsets, and nothing is done
    # @raise [RdkafkaError] `:invalid_arg` for a consumer without a group; `:timed_out` when the coordinator could not
    #   be reached: the request continues in the background, and the next call waits for it first
    # @raise [TypeError] when tpl is not a list
    # @raise [ClosedConsumerError, ClosedProducerError]
    def send_offsets_to_transaction(consumer, tpl, timeout_ms = Defaults::PRODUCER_SEND_OFFSETS_TIMEOUT_MS)
      require_open(__method__)
      raise TypeError, "tpl has to be a TopicPartitionList" unless tpl.is_a?(Consumer::TopicPartitionList)
      return if tpl.empty?

      @native.send_offsets_to_transaction(consumer.consumer_group_metadata_pointer, tpl, timeout_ms)
      false
    end
  end
end
