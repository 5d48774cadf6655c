# frozen_string_literal: true

require "zlib"

module Quickstart
  # The messages of a run, generated from their numbers: the producer sends them, and the check generates them again to
  # compare.
  class Sample
    # Messages of one key; fewer when they are large, because the embedded cluster keeps only so much per partition.
    REPEATS = (1..10)
    BYTES_PER_KEY = 500_000
    # Key, headers and what Kafka itself adds to a message; generous.
    OVERHEAD = 100
    # Payloads are slices of a block of random bytes, each from a different offset.
    PLACES = 4_099
    private_constant :REPEATS, :BYTES_PER_KEY, :OVERHEAD, :PLACES

    # @return [Integer] how many messages there are; they are numbered from 0
    attr_reader :count

    # @return [Integer] bytes of a payload
    attr_reader :size

    # @param count [Integer]
    # @param size [Integer]
    # @param first_timestamp [Integer] of message 0, ms since the epoch; each later one is 1 ms later
    def initialize(count:, size:, first_timestamp: (Time.now.to_i * 1000) - count)
      @count = count
      @size = size
      @first_timestamp = first_timestamp
      @keys = (count / (BYTES_PER_KEY / size).clamp(REPEATS)).clamp(1..)
      @block = Random.new(size).bytes(size + PLACES)
    end

    # @param number [Integer]
    # @return [String]
    def key(number)
      "key-#{number % @keys}"
    end

    # @param number [Integer]
    # @return [String] binary; begins with the number, if there is room for it
    def payload(number)
      "#{number} ".b.concat(@block.byteslice(number * 31 % PLACES, @size)).byteslice(0, @size)
    end

    # @param number [Integer]
    # @param payload [String]
    # @return [Hash{String => String}]
    def headers(number, payload)
      { "number" => number.to_s, "checksum" => Zlib.crc32(payload).to_s }
    end

    # @param number [Integer]
    # @return [Integer] ms since the epoch
    def timestamp(number)
      @first_timestamp + number
    end

    # Finds the number of partitions with which none gets more than that many bytes.
    #
    # @param bytes [Integer]
    # @param least [Integer]
    # @return [Integer]
    def partitions_for(bytes, least:)
      partitions = least
      partitions *= 2 until largest_partition(partitions) <= bytes
      partitions
    end

    private

    # Keys are distributed by librdkafka's default partitioner, which hashes them with CRC-32.
    def largest_partition(partitions)
      messages = Array.new(partitions, 0)
      @keys.times do |number|
        messages[Zlib.crc32(key(number)) % partitions] += (count / @keys) + (number < count % @keys ? 1 : 0)
      end
      messages.max * (size + OVERHEAD)
    end
  end
end
