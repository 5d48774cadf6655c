# frozen_string_literal: true

require_relative "partition"

module Rdkafka
  class Consumer
    # Topics, with or without partitions.
    class TopicPartitionList
      # @param data [Hash{String => Array<Partition>, nil}, nil] kept, not copied
      # @raise [TypeError] when data is neither a Hash nor nil
      def initialize(data = nil)
        @data = data.nil? ? {} : Hash.try_convert(data)
        raise TypeError, "data has to be a Hash or nil, got #{data.class}" unless @data
      end

      # @return [Integer] number of partitions; a topic without partitions counts as one
      def count
        @data.sum { |_topic, partitions| partitions.nil? ? 1 : partitions.count }
      end

      # @return [Boolean] whether there are no topics
      def empty?
        @data.empty?
      end

      # Adds a topic, or replaces it.
      #
      # @param topic [String, Symbol]
      # @param partitions [Integer, Enumerable<Integer>, nil] how many partitions (from 0), which ones, or nil for the
      #   topic without partitions
      # @return [Array<Partition>, nil] the stored partitions
      # @raise [TypeError] when partitions is something else
      def add_topic(topic, partitions = nil)
        numbers = Internal::Argument.integer(partitions)&.times || partitions
        numbers = collection(numbers).map { |number| Partition.new(number, nil) } unless numbers.nil?

        @data[Internal::Argument.text(topic)] = numbers
      end

      # Adds a topic with offsets, or replaces it.
      #
      # @param topic [String, Symbol]
      # @param partitions_with_offsets [Hash{Integer => Integer, Time}, Array<Array, Partition>] offsets by partition,
      #   pairs of partition and offset, or partitions, which are kept as they are
      # @return [Array<Partition>] the stored partitions
      # @raise [TypeError] when partitions_with_offsets is something else
      def add_topic_and_partitions_with_offsets(topic, partitions_with_offsets)
        @data[Internal::Argument.text(topic)] = collection(partitions_with_offsets).map do |partition, offset|
          partition.respond_to?(:offset) ? partition : Partition.new(partition, offset)
        end
      end

      # @return [Hash{String => Array<Partition>, nil}] not a copy: changing it changes the list
      def to_h
        @data
      end

      # @return [String]
      def to_s
        "<TopicPartitionList: #{to_h}>"
      end

      # @param other [#to_h]
      # @return [Boolean] whether other has the same content; so nil equals an empty list
      # @raise [NoMethodError] when other cannot be converted to a Hash
      def ==(other)
        to_h == other.to_h
      end

      # Copies the list to native memory, for {Bindings}. The copy lives as long as the pointer.
      #
      # @private
      # @return [Internal::FFI::Pointer]
      # @raise [TypeError] for a topic or an offset of another type
      # @raise [NoMethodError] for metadata that is not a String
      # @raise [ArgumentError] for a topic with a null byte
      def to_native_tpl
        address = KarafkaNative::Native.remember_list(self)
        Internal::FFI::Pointer.new(address).tap do |pointer|
          ObjectSpace.define_finalizer(pointer, self.class.forgetting(address))
        end
      end

      # Copies a native list, from a running callback or from {#to_native_tpl}.
      #
      # @private
      # @param pointer [Integer, #address, #to_ptr]
      # @return [TopicPartitionList]
      # @raise [TypeError] when pointer is not a pointer
      # @raise [ArgumentError] for a null pointer and for an address that is not a live list
      def self.from_native_tpl(pointer)
        address = Internal::Address.of(pointer)
        raise ArgumentError, "expected a native list, got a null pointer" if address.zero?

        KarafkaNative::Native.list_at(address)
      end

      # @private
      # @param address [Integer]
      # @return [Proc] frees the copy made by {#to_native_tpl}
      def self.forgetting(address)
        ->(_object_id) { KarafkaNative::Native.forget_list(address) }
      end

      private

      def collection(value)
        Internal::Argument.collection(value, "partitions")
      rescue NoMethodError
        raise TypeError, "partitions have to be enumerable, got #{value.class}"
      end
    end
  end
end
