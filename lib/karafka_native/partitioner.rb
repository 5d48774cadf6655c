# frozen_string_literal: true

module KarafkaNative
  # librdkafka's partitioners as plain functions, which compute a key's partition without a client.
  #
  # `murmur2` agrees with Kafka's Java clients. All bytes of the key are hashed. (`partition_key:` of
  # {Rdkafka::Producer#produce} hashes fewer of them by default, see
  # {Rdkafka::Config.partitioner_key_uses_bytesize}.) Random partitions come from `Random`.
  #
  # All functions raise a TypeError when key is neither a String nor nil or partitions is not an Integer, and an
  # ArgumentError or RangeError when partitions is not from 1 to 2**31 - 1.
  #
  # @example
  #   KarafkaNative::Partitioner.murmur2("order-17", 12) #=> 9
  module Partitioner
    class << self
      # @param key [String, nil] ignored
      # @param partitions [Integer] how many there are
      # @return [Integer] a random partition
      def random(key, partitions)
        pick("random", key, partitions)
      end

      # @param key [String, nil]
      # @param partitions [Integer] how many there are
      # @return [Integer] by CRC32; 0 without a key
      def consistent(key, partitions)
        pick("consistent", key, partitions)
      end

      # librdkafka's default.
      #
      # @param key [String, nil]
      # @param partitions [Integer] how many there are
      # @return [Integer] by CRC32; a random partition when key is empty or nil
      def consistent_random(key, partitions)
        pick("consistent_random", key, partitions)
      end

      # @param key [String, nil]
      # @param partitions [Integer] how many there are
      # @return [Integer] by Murmur2, as in Java; nil is hashed as if it were empty
      def murmur2(key, partitions)
        pick("murmur2", key, partitions)
      end

      # The same as the Java producer's default.
      #
      # @param key [String, nil]
      # @param partitions [Integer] how many there are
      # @return [Integer] by Murmur2, as in Java; a random partition when key is nil
      def murmur2_random(key, partitions)
        pick("murmur2_random", key, partitions)
      end

      # @param key [String, nil]
      # @param partitions [Integer] how many there are
      # @return [Integer] by FNV-1a, as in Sarama; nil is hashed as if it were empty
      def fnv1a(key, partitions)
        pick("fnv1a", key, partitions)
      end

      # @param key [String, nil]
      # @param partitions [Integer] how many there are
      # @return [Integer] by FNV-1a, as in Sarama; a random partition when key is nil
      def fnv1a_random(key, partitions)
        pick("fnv1a_random", key, partitions)
      end

      private

      def pick(name, key, partitions)
        Native.partition(name, key, partitions) || Random.rand(partitions.to_int)
      end
    end
  end
end
