# frozen_string_literal: true

module Rdkafka
  # The object that a client's native callbacks refer to. Other gems add methods to it.
  #
  # @private
  class Opaque
    # @return [Producer, nil]
    attr_accessor :producer

    # @return [#on_partitions_assigned, #on_partitions_revoked, nil]
    attr_accessor :consumer_rebalance_listener

    # @return [ShareConsumer, nil]
    attr_accessor :share_consumer

    # Sets the name that librdkafka has given to a share consumer.
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

    # @param list [Consumer::TopicPartitionList] partitions assigned to this consumer
    def call_on_partitions_assigned(list)
      notify(:on_partitions_assigned, list)
    end

    # @param list [Consumer::TopicPartitionList] partitions revoked from this consumer
    def call_on_partitions_revoked(list)
      notify(:on_partitions_revoked, list)
    end

    private

    # Listeners may lack one of the methods.
    def notify(event, list)
      return unless consumer_rebalance_listener.respond_to?(event)

      consumer_rebalance_listener.public_send(event, list)
    end
  end
end
