# frozen_string_literal: true

require_relative "bindings/constants"

module Rdkafka
  # Constants of librdkafka and of the Kafka protocol, and the few functions that other gems call from their callbacks.
  #
  # The functions take pointers (ours or the ffi gem's) and look them up among live clients and lists. An unknown
  # address raises an ArgumentError.
  module Bindings
    module_function

    # Called with client pointer, code, reason and opaque pointer for each error of a client. Other gems replace it.
    ErrorCallback = Internal::ErrorReport::DEFAULT

    # Called with client pointer, code, list pointer and opaque pointer for each rebalance. Other gems replace it.
    RebalanceCallback = Internal::Rebalance::DEFAULT

    # Runs librdkafka's once-per-process initialisation, best before forking. Further calls do nothing.
    #
    # @return [nil]
    def rd_kafka_global_init
      KarafkaNative::Native.initialize_librdkafka
    end

    # @param client [#address, #to_ptr]
    # @return [String] the client's name
    def rd_kafka_name(client)
      KarafkaNative::Native.client_name(client)
    end

    # @param client [#address, #to_ptr]
    # @return [String, nil] `EAGER`, `COOPERATIVE` or `NONE`; nil for a producer
    def rd_kafka_rebalance_protocol(client)
      KarafkaNative::Native.rebalance_protocol(client)
    end

    # @param client [#address, #to_ptr]
    # @param list [#address, #to_ptr, nil] nil or a null pointer ends the assignment
    # @return [Integer] code
    def rd_kafka_assign(client, list)
      KarafkaNative::Native.assign(client, list)
    end

    # @param client [#address, #to_ptr]
    # @param list [#address, #to_ptr]
    # @return [Integer] code
    def rd_kafka_incremental_assign(client, list)
      KarafkaNative::Native.incremental_assign(client, list)
    end

    # @param client [#address, #to_ptr]
    # @param list [#address, #to_ptr]
    # @return [Integer] code
    def rd_kafka_incremental_unassign(client, list)
      KarafkaNative::Native.incremental_unassign(client, list)
    end

    # Commits without the GVL.
    #
    # @param client [#address, #to_ptr]
    # @param list [#address, #to_ptr, nil] nil for the stored offsets
    # @param async [Boolean, Integer]
    # @return [Integer] code
    def rd_kafka_commit(client, list, async)
      KarafkaNative::Native.commit(client, list, async)
    end

    # Frees group metadata. The pointer is invalid afterwards.
    #
    # @param metadata [#address, #to_ptr] from {Consumer#consumer_group_metadata_pointer}
    # @return [nil]
    # @raise [ArgumentError] for any other pointer, and for one that was already freed or used in a transaction
    def rd_kafka_consumer_group_metadata_destroy(metadata)
      KarafkaNative::Native.destroy_group_metadata(metadata)
    end

    # @param client_ptr [#address, #to_ptr]
    # @return [Hash, nil] `error_code:` and `error_string:` of the client's fatal error
    def extract_fatal_error(client_ptr)
      code, text = KarafkaNative::Native.client_fatal_error(client_ptr)
      code && { error_code: code, error_string: text }
    end

    # @param code [Integer]
    # @return [String] librdkafka's description, binary, such as `Local: Broker transport failure`
    # @raise [TypeError, RangeError] when code is not a 32-bit number
    def rd_kafka_err2str(code)
      KarafkaNative::Native.error_description(code)
    end

    # @param code [Integer]
    # @return [String] librdkafka's name, binary, such as `_TRANSPORT`
    # @raise [TypeError, RangeError] when code is not a 32-bit number
    def rd_kafka_err2name(code)
      KarafkaNative::Native.error_name(code)
    end

    # Picks the partition for a partition key like {Producer#produce}. {KarafkaNative::Partitioner} does the same
    # without {Config.partitioner_key_uses_bytesize}.
    #
    # @param _topic_ptr [Object] ignored
    # @param str [String] the key; an empty one counts as absent
    # @param partition_count [Integer, nil]
    # @param partitioner [String] one of {PARTITIONERS}
    # @return [Integer] -1 without partitions
    # @raise [Config::ConfigError] for an unknown partitioner
    # @raise [TypeError] when str is not a String or partition_count not an Integer
    # @raise [ArgumentError, RangeError] when partition_count is negative or above 2**31 - 1
    def partitioner(_topic_ptr, str, partition_count, partitioner = "consistent_random")
      return RD_KAFKA_PARTITION_UA if partition_count.nil? || partition_count == 0 # rubocop:disable Style/NumericPredicate -- may be anything
      unless PARTITIONERS.key?(partitioner)
        raise Config::ConfigError, Internal::Text.join("Unknown partitioner: ", Internal::Argument.text(partitioner))
      end

      text = String.try_convert(str) or raise TypeError, "key has to be a String, got #{str.inspect}"
      key = text.byteslice(0, partition_key_length(text)) unless text.empty?
      KarafkaNative::Partitioner.public_send(partitioner, key, partition_count)
    end

    # The number of bytes of a partition key that are hashed.
    #
    # @param str [String]
    # @return [Integer] see {Config.partitioner_key_uses_bytesize}
    def partition_key_length(str)
      Config.partitioner_key_uses_bytesize ? str.bytesize : str.size
    end

    # @param str [String]
    # @return [Integer]
    def partition_key_size(str)
      str.size
    end

    # @param str [String]
    # @return [Integer]
    def partition_key_bytesize(str)
      str.bytesize
    end

    # @return [String] extension of shared libraries
    def lib_extension
      RUBY_PLATFORM.include?("darwin") ? "dylib" : "so"
    end

    # For gems that declare functions again, as the ffi gem allows. An existing function stays as it is.
    #
    # @param name [Symbol]
    # @return [Symbol] name
    # @raise [Internal::FFI::NotFoundError] for a function that does not exist
    def attach_function(name, *)
      return name if respond_to?(name)

      raise Internal::FFI::NotFoundError, "function '#{name}' is not part of this driver"
    end
  end
end
