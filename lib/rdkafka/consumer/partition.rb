# frozen_string_literal: true

module Rdkafka
  class Consumer
    # A partition of a topic, usually in a {TopicPartitionList}.
    class Partition
      # @return [Integer] number of the partition
      attr_reader :partition

      # @return [Integer, Time, nil] an offset, or a point in time in lists for {Consumer#offsets_for_times}; nil for
      #   none
      attr_reader :offset

      # @return [Integer] librdkafka's error code for this partition, 0 for none
      attr_reader :err

      # @return [String, nil] the metadata committed with the offset
      attr_reader :metadata

      # @param partition [Integer]
      # @param offset [Integer, Time, nil]
      # @param err [Integer]
      # @param metadata [String, nil]
      def initialize(partition, offset, err = 0, metadata = nil)
        @partition = partition
        @offset = offset
        @err = err
        @metadata = metadata
      end

      # @return [String] number, and offset, error and metadata if there are any
      def to_s
        shown = "<Partition #{partition}"
        shown += " offset=#{offset}" unless offset.nil?
        shown += " err=#{err}" unless err == 0 # rubocop:disable Style/NumericPredicate -- may be nil
        return "#{shown}>" if metadata.nil?

        Internal::Text.join(shown, " metadata=", metadata.to_s, ">")
      end

      # @return [String]
      def inspect
        to_s
      end

      # @param other [Object]
      # @return [Boolean] whether other has the same class, number and offset; error and metadata are ignored
      def ==(other)
        self.class == other.class && partition == other.partition && offset == other.offset
      end
    end
  end
end
