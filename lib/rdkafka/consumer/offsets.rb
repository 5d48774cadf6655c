# frozen_string_literal: true

module Rdkafka
  class Consumer
    # Asks the broker for committed offsets.
    #
    # @param list [TopicPartitionList, nil] nil for the assignment
    # @param timeout_ms [Integer]
    # @return [TopicPartitionList] offset nil where nothing is committed
    # @raise [RdkafkaError]
    # @raise [TypeError] for anything but a list
    # @raise [ClosedConsumerError]
    def committed(list = nil, timeout_ms = Defaults::CONSUMER_COMMITTED_TIMEOUT_MS)
      require_open(__method__)
      answered(@native.committed(checked_or_nil(list) || assignment, timeout_ms))
    end

    # @param list [TopicPartitionList, nil] nil for the assignment
    # @return [TopicPartitionList] offsets after the last messages consumed; nil for partitions without any
    # @raise [RdkafkaError]
    # @raise [TypeError] for anything but a list
    # @raise [ClosedConsumerError]
    def position(list = nil)
      require_open(__method__)
      answered(@native.position(checked_or_nil(list) || assignment))
    end

    # Asks the broker for the lowest and the next offset of a partition.
    #
    # @param topic [String]
    # @param partition [Integer]
    # @param timeout_ms [Integer]
    # @return [Array(Integer, Integer)]
    # @raise [RdkafkaError]
    # @raise [TypeError] when topic is not a String or partition not a number
    # @raise [ClosedConsumerError]
    def query_watermark_offsets(topic, partition, timeout_ms = Defaults::CONSUMER_QUERY_WATERMARK_TIMEOUT_MS)
      require_open(__method__)
      code, low, high = @native.query_watermark_offsets(topic, partition, timeout_ms)
      prefix = Internal::Text.join("Error querying watermark offsets for partition #{partition} of ", Internal::Argument.text(topic))
      RdkafkaError.validate!(code, prefix)
      [low, high]
    end

    # How far offsets are behind the end of their partitions. Sends one request for all of them. With
    # `isolation.level=read_committed`, the end is where the first open transaction starts.
    #
    # @param topic_partition_list [TopicPartitionList, #to_h, #to_hash] offsets, such as those of {#committed}
    # @param watermark_timeout_ms [Integer]
    # @return [Hash{String => Hash{Integer => Integer}}]
    # @raise [RdkafkaError] `:timed_out` after that time
    # @raise [NoMethodError] for what cannot be a Hash of topics
    # @raise [TypeError] for an Array that cannot, and for an offset that is not a number
    # @raise [ClosedConsumerError]
    def lag(topic_partition_list, watermark_timeout_ms = Defaults::CONSUMER_LAG_TIMEOUT_MS)
      require_open(__method__)
      known = known_offsets(topic_partition_list)
      ends = end_offsets(known.reject { |_, offsets| offsets.empty? }, watermark_timeout_ms)
      known.to_h do |topic, offsets|
        name = Internal::Argument.text(topic)
        [name, offsets.to_h { |partition, offset| [partition, ends.fetch([name.b, partition]) - offset] }]
      end
    end

    # Looks up the first offsets at or after given times.
    #
    # @param list [TopicPartitionList] with Times, or ms since the epoch, as offsets
    # @param timeout_ms [Integer]
    # @return [TopicPartitionList] offset -1 for partitions without a message that late
    # @raise [RdkafkaError]
    # @raise [TypeError] for anything but a list
    # @raise [ClosedConsumerError]
    def offsets_for_times(list, timeout_ms = Defaults::CONSUMER_OFFSETS_FOR_TIMES_TIMEOUT_MS)
      require_open(__method__)
      answered(@native.offsets_for_times(checked(list), timeout_ms))
    end

    # Stores the offset after a message for the next commit. Needs `enable.auto.offset.store: false`.
    #
    # @param message [#topic, #partition, #offset]
    # @param metadata [String, nil] kept with the offset
    # @return [nil]
    # @raise [RdkafkaError]
    # @raise [ClosedConsumerError]
    def store_offset(message, metadata = nil)
      require_open(__method__)
      RdkafkaError.validate!(@native.store_offset(message.topic, message.partition, message.offset, metadata))
      nil
    end

    # Commits offsets.
    #
    # @param list [TopicPartitionList, nil] offsets to commit as they are; nil for the stored ones
    # @param async [Boolean] true to not wait for the broker
    # @return [nil]
    # @raise [RdkafkaError] such as `:no_offset` when nothing is stored
    # @raise [TypeError] for anything but a list
    # @raise [ClosedConsumerError]
    def commit(list = nil, async = false)
      require_open(__method__)
      RdkafkaError.validate!(@native.commit(checked_or_nil(list), async ? true : false))
      nil
    end

    # Moves to a message, which is consumed next. Does not wait.
    #
    # @param message [#topic, #partition, #offset]
    # @return [nil]
    # @raise [RdkafkaError]
    # @raise [ClosedConsumerError]
    def seek(message)
      seek_by(message.topic, message.partition, message.offset)
    end

    # Moves to an offset, which is consumed next. Does not wait.
    #
    # @param topic [String]
    # @param partition [Integer]
    # @param offset [Integer] -2 for the beginning, -1 for the end
    # @return [nil]
    # @raise [RdkafkaError]
    # @raise [TypeError] when topic is not a String, or a number is missing
    # @raise [ClosedConsumerError]
    def seek_by(topic, partition, offset)
      require_open(__method__)
      RdkafkaError.validate!(@native.seek_by(topic, partition, offset))
      nil
    end

    private

    # @return [Hash{String => Hash{Integer => Numeric}}] by topic and partition
    def known_offsets(list)
      topics = list.respond_to?(:to_h) ? list.to_h : Internal::Argument.mapping(list, "list")
      topics.transform_values do |partitions|
        known = Internal::Argument.collection(partitions, "partitions").reject { |given| given.offset.nil? }
        known.to_h do |given|
          [Internal::Argument.number(given.partition, "partition"), Internal::Argument.number(given.offset, "offset")]
        end
      end
    end

    def end_offsets(known, timeout_ms)
      return {} if known.empty?

      request = known.transform_values do |offsets|
        offsets.each_key.map { |partition| { partition: partition, offset: :latest } }
      end
      handle = list_offsets(request, isolation_level: isolation_level)
      handle.wait(max_wait_timeout_ms: timeout_ms).offsets.to_h do |found|
        [[found[:topic], found[:partition]], found[:offset]]
      end
    rescue AbstractHandle::WaitTimeoutError
      code = Bindings::RD_KAFKA_RESP_ERR__TIMED_OUT
      names = Internal::Text.list(known.keys)
      raise RdkafkaError.new(code, Internal::Text.join("Error querying watermark offsets of '", names, "'"))
    end

    def isolation_level
      @isolation_level ||=
        if @native.option("isolation.level") == "read_uncommitted"
          Bindings::RD_KAFKA_ISOLATION_LEVEL_READ_UNCOMMITTED
        else
          Bindings::RD_KAFKA_ISOLATION_LEVEL_READ_COMMITTED
        end
    end

    def answered(code_and_list)
      code, list = code_and_list
      RdkafkaError.validate!(code)
      list
    end
  end
end
