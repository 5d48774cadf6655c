# frozen_string_literal: true

module Rdkafka
  # Parent of the driver's errors, except those of {Config} and timeouts of handles, which are `RuntimeError`s.
  class BaseError < RuntimeError
  end

  # An error reported by librdkafka or a broker.
  #
  # It is plain data, so it can be marshalled, compared and created by hand.
  class RdkafkaError < BaseError
    # Details of errors that have none.
    EMPTY_HASH = {}.freeze

    # Codes that librdkafka can name; its code type is a C int.
    NATIVE_CODES = (-(2**31)...(2**31))
    private_constant :NATIVE_CODES

    # @return [Integer] librdkafka's code: negative for errors of the client, positive for those of a broker
    attr_reader :rdkafka_response

    # @return [String, nil] text in front of the generic description
    attr_reader :message_prefix

    # @return [String, nil] librdkafka's or the broker's message about this failure
    attr_reader :broker_message

    # @return [Hash{Symbol => Object}] `partition:`, `offset:` and `topic:` for errors of consumers while polling, else
    #   empty
    attr_reader :details

    # @return [String, nil] name of the client
    attr_reader :instance_name

    # @param response [Integer] librdkafka's code
    # @param message_prefix [String, nil]
    # @param broker_message [String, nil]
    # @param fatal [Boolean] the client cannot be used any more
    # @param retryable [Boolean] the operation may succeed if it is repeated
    # @param abortable [Boolean] the current transaction has to be aborted
    # @param details [Hash{Symbol => Object}]
    # @param instance_name [String, nil]
    # @raise [TypeError] when response is not an Integer
    def initialize(response, message_prefix = nil, broker_message: nil, fatal: false, retryable: false,
      abortable: false, details: EMPTY_HASH, instance_name: nil)
      super()
      @rdkafka_response = Internal::Argument.integer(response) or raise TypeError, "Response has to be an integer"
      @message_prefix = message_prefix
      @broker_message = broker_message
      @fatal = fatal
      @retryable = retryable
      @abortable = abortable
      @details = details
      @instance_name = instance_name
    end

    # @return [Symbol] librdkafka's name of the code, for example `:partition_eof` or `:msg_size_too_large`;
    #   `:"err_<number>?"` for a code it does not know
    def code
      native_name.downcase.delete_prefix("_").to_sym
    end

    # @return [String] prefix, description, code and client name; the broker message on a line of its own
    def to_s
      parts = []
      parts.push(message_prefix.to_s, " - ") unless message_prefix.nil?
      parts.push("#{native_description} (#{code})")
      parts.push(" [", instance_name.to_s, "]") if instance_name
      parts.push("\n", broker_message.to_s) unless broker_message.nil? || broker_message.empty?

      Internal::Text.join(*parts)
    end

    # @return [Boolean] whether this only signals the end of a partition
    def is_partition_eof? # rubocop:disable Naming/PredicatePrefix -- the API's name
      code == :partition_eof
    end

    # @param other [Object]
    # @return [Boolean] whether other is an error of this class (or a subclass) that reads the same
    def ==(other)
      other.is_a?(self.class) && to_s == other.to_s
    end

    # @return [Boolean] whether the client cannot be used any more
    def fatal?
      @fatal
    end

    # @return [Boolean] whether repeating the operation may help
    def retryable?
      @retryable
    end

    # @return [Boolean] whether the current transaction has to be aborted
    def abortable?
      @abortable
    end

    private

    def native_name
      return "ERR_#{rdkafka_response}?" unless NATIVE_CODES.cover?(rdkafka_response)

      KarafkaNative::Native.error_name(rdkafka_response)
    end

    def native_description
      return "Err-#{rdkafka_response}?" unless NATIVE_CODES.cover?(rdkafka_response)

      KarafkaNative::Native.error_description(rdkafka_response)
    end
  end

  # An error of an operation on several partitions, with the result for each.
  class RdkafkaTopicPartitionListError < RdkafkaError
    # @return [Consumer::TopicPartitionList] the partitions; {Consumer::Partition#err} tells which ones failed
    attr_reader :topic_partition_list

    # @param response [Integer] librdkafka's code
    # @param topic_partition_list [Consumer::TopicPartitionList]
    # @param message_prefix [String, nil]
    # @raise [TypeError] when response is not an Integer
    def initialize(response, topic_partition_list, message_prefix = nil)
      super(response, message_prefix)
      @topic_partition_list = topic_partition_list
    end
  end

  # A method was called on a consumer that is closed.
  class ClosedConsumerError < BaseError
    # @param method [Symbol, String] the method that was called
    def initialize(method)
      super("Illegal call to #{method} on a closed consumer")
    end
  end

  # A method was called on a producer that is closed.
  class ClosedProducerError < BaseError
    # @param method [Symbol, String] the method that was called
    def initialize(method)
      super("Illegal call to #{method} on a closed producer")
    end
  end

  # A method was called on an admin client that is closed.
  class ClosedAdminError < BaseError
    # @param method [Symbol, String] the method that was called
    def initialize(method)
      super("Illegal call to #{method} on a closed admin")
    end
  end

  # The native client is closed, or another thread closed it during the operation.
  class ClosedInnerError < BaseError
    # The message is fixed.
    def initialize
      super("Illegal call to a closed inner librdkafka instance")
    end
  end

  # Never raised by this driver; kept for callers.
  class LibraryLoadError < BaseError
  end
end

require_relative "error/building"
