# frozen_string_literal: true

module Rdkafka
  class Consumer
    # Subscribes to topics, replacing earlier subscriptions.
    #
    # @param topics [Array<String>] names, or regular expressions that start with `^`
    # @return [false]
    # @raise [RdkafkaError]
    # @raise [TypeError] for a topic that is not a String
    # @raise [ClosedConsumerError]
    def subscribe(*topics)
      require_open(__method__)
      code = @native.subscribe(topics)
      names = Internal::Text.list(topics)
      RdkafkaError.validate!(code, Internal::Text.join("Error subscribing to '", names, "'"))
    end

    # Ends the subscription.
    #
    # @return [nil]
    # @raise [RdkafkaError]
    # @raise [ClosedConsumerError]
    def unsubscribe
      require_open(__method__)
      RdkafkaError.validate!(@native.unsubscribe)
      nil
    end

    # @return [TopicPartitionList] topics subscribed to, without partitions
    # @raise [RdkafkaError]
    # @raise [ClosedConsumerError]
    def subscription
      require_open(__method__)
      @native.subscription
    end

    # Consumes exactly these partitions, instead of those that a group assigns.
    #
    # @param list [TopicPartitionList]
    # @return [false]
    # @raise [RdkafkaError]
    # @raise [TypeError] for anything but a list
    # @raise [ClosedConsumerError]
    def assign(list)
      require_open(__method__)
      RdkafkaError.validate!(@native.assign(checked(list)), "Error assigning '#{list.to_h}'")
    end

    # @return [TopicPartitionList] partitions that this consumer reads
    # @raise [RdkafkaError]
    # @raise [ClosedConsumerError]
    def assignment
      require_open(__method__)
      @native.assignment
    end

    # @return [Boolean] whether the partitions were lost before their offsets could be committed
    # @raise [ClosedConsumerError]
    def assignment_lost?
      require_open(__method__)
      @native.assignment_lost?
    end

    # Stops fetching from partitions.
    #
    # @param list [TopicPartitionList]
    # @return [nil]
    # @raise [RdkafkaTopicPartitionListError]
    # @raise [TypeError] for anything but a list
    # @raise [ClosedConsumerError]
    def pause(list)
      require_open(__method__)
      code, answered = @native.pause(checked(list))
      return if code.zero?

      raise RdkafkaTopicPartitionListError.new(code, answered, "Error pausing '#{list.to_h}'")
    end

    # Fetches from paused partitions again.
    #
    # @param list [TopicPartitionList]
    # @return [nil]
    # @raise [RdkafkaError]
    # @raise [TypeError] for anything but a list
    # @raise [ClosedConsumerError]
    def resume(list)
      require_open(__method__)
      code, = @native.resume(checked(list))
      RdkafkaError.validate!(code, "Error resume '#{list.to_h}'")
      nil
    end
  end
end
