# frozen_string_literal: true

module Rdkafka
  class Producer # rubocop:disable Style/Documentation -- documented in producer.rb
    # Gets ready for transactions, once, before anything else is done with a producer that has a `transactional.id`.
    # Fences off older producers with the same one, and waits for their last transaction to end. Gives up after twice
    # `transaction.timeout.ms` (`:timed_out`, retryable).
    #
    # All transaction calls run without the GVL. The flags of their errors say what to do: `retryable?` repeat the call,
    # `abortable?` {#abort_transaction}, `fatal?` close the producer.
    #
    # The calls can be interrupted (`Timeout`, `Thread#raise`, `Thread#kill`) at any moment, but what they have asked
    # for goes on. Nothing of it is lost: the next transaction call first waits until the interrupted one has ended
    # (within its own timeout, else it raises `:timed_out`, retryable). Then
    #
    # - the same call again returns or raises what the interrupted one would have,
    # - {#abort_transaction} aborts; after a commit that went through it raises `:state`: there is nothing to abort,
    # - any other call raises the error of the interrupted one if it has failed, else it is made.
    #
    # {#close} waits 5 seconds at most for a call that is under way. Who still waits for it then gets a
    # {ClosedProducerError}; whether the transaction is committed is for the brokers to know.
    #
    # @return [true]
    # @raise [RdkafkaError] `:not_configured` without `transactional.id`
    # @raise [ClosedProducerError]
    def init_transactions
      closed_producer_check(__method__)
      @native.init_transactions
      true
    end

    # Starts a transaction: until its end, all messages belong to it.
    #
    # @return [true]
    # @raise [RdkafkaError] `:state` before {#init_transactions} and inside a transaction
    # @raise [ClosedProducerError]
    def begin_transaction
      closed_producer_check(__method__)
      @native.begin_transaction
      true
    end

    # Delivers what is outstanding, then commits. Delivery callbacks may run on this thread.
    #
    # @param timeout_ms [Integer] -1 for as long as the transaction may take
    # @return [true]
    # @raise [RdkafkaError] `:timed_out` is retryable: the call may be repeated to wait on
    # @raise [ClosedProducerError]
    def commit_transaction(timeout_ms = -1)
      closed_producer_check(__method__)
      @native.commit_transaction(timeout_ms)
      true
    end

    # Gives up what is outstanding (its handles fail with `:purge_queue` or `:purge_inflight`), then aborts. Delivery
    # callbacks may run on this thread.
    #
    # @param timeout_ms [Integer] -1 for as long as the transaction may take
    # @return [true]
    # @raise [RdkafkaError] `:timed_out` is retryable: the call may be repeated to wait on
    # @raise [ClosedProducerError]
    def abort_transaction(timeout_ms = -1)
      closed_producer_check(__method__)
      @native.abort_transaction(timeout_ms)
      true
    end

    # Makes offsets of a consumer group part of the transaction: they are committed with it.
    #
    # @param consumer [#consumer_group_metadata_pointer] the consumer, or what stands for it
    # @param tpl [Consumer::TopicPartitionList] the offsets to continue at: those of the last messages plus 1
    # @param timeout_ms [Integer] -1 for as long as the transaction may take
    # @return [false, nil] nil when there are no offsets; then nothing is done
    # @raise [RdkafkaError] `:invalid_arg` for a consumer without a group
    # @raise [TypeError] when tpl is no list
    # @raise [ClosedConsumerError, ClosedProducerError]
    def send_offsets_to_transaction(consumer, tpl, timeout_ms = Defaults::PRODUCER_SEND_OFFSETS_TIMEOUT_MS)
      closed_producer_check(__method__)
      raise TypeError, "tpl has to be a TopicPartitionList" unless tpl.is_a?(Consumer::TopicPartitionList)
      return if tpl.empty?

      @native.send_offsets_to_transaction(consumer.consumer_group_metadata_pointer, tpl, timeout_ms)
      false
    end
  end
end
