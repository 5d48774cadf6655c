# frozen_string_literal: true

module Rdkafka
  # What the callbacks of one client lead back to. Layers above add methods to it.
  #
  # @private
  class Opaque
    # @return [Producer, nil]
    attr_accessor :producer

    # @return [#on_partitions_assigned, #on_partitions_revoked, nil]
    attr_accessor :consumer_rebalance_listener

    # @return [ShareConsumer, nil]
    attr_accessor :share_consumer

    # Tells a share consumer under which name librdkafka runs it.
    #
    # @param name [String]
    def capture_client_name(name)
      share_consumer.name = name if share_consumer
    end

    # @param delivery_report [Producer::DeliveryReport]
    # @param delivery_handle [Producer::DeliveryHandle]
    def call_delivery_callback(delivery_report, delivery_handle)
      producer&.call_delivery_callback(delivery_report, delivery_handle)
    end

    # @param list [Consumer::TopicPartitionList] partitions that this consumer got
    def call_on_partitions_assigned(list)
      notify(:on_partitions_assigned, list)
    end

    # @param list [Consumer::TopicPartitionList] partitions that this consumer had to give up
    def call_on_partitions_revoked(list)
      notify(:on_partitions_revoked, list)
    end

    private

    # Listeners may implement only one of the methods.
    def notify(event, list)
      return unless consumer_rebalance_listener.respond_to?(event)

      consumer_rebalance_listener.public_send(event, list)
    end
  end
end
