# frozen_string_literal: true

require "socket"

class KafkaCluster
  # Asks one broker what it knows of the cluster, in Kafka's own protocol (Metadata, version 1), because the Java tools
  # take seconds to start and a driver under test is no judge of the cluster it is tested on.
  class Probe
    METADATA = 3
    VERSION = 1
    ALL_TOPICS = -1
    TIMEOUT = 2
    private_constant :METADATA, :VERSION, :ALL_TOPICS, :TIMEOUT

    # What the broker on this port says, or nil when it does not answer.
    def self.ask(port)
      Socket.tcp("127.0.0.1", port, connect_timeout: TIMEOUT) do |socket|
        socket.timeout = TIMEOUT
        client = "probe"
        request = [METADATA, VERSION, 0, client.bytesize, client, ALL_TOPICS].pack("s>s>l>s>a*l>")
        socket.write([request.bytesize].pack("l>"), request)
        size = socket.read(4)&.unpack1("l>")
        answer = size && socket.read(size)
        new(answer) if answer && answer.bytesize == size
      end
    rescue SystemCallError, IOError
      nil
    end

    # Ids of the brokers that are registered and not fenced.
    attr_reader :brokers

    def initialize(answer)
      @answer = answer
      @at = 4 # behind the correlation id
      @brokers = array do
        id = int32
        string # host
        int32 # port
        string # rack
        id
      end
      int32 # controller
      @topics = array { topic }.to_h
    end

    # Whether these brokers are all in sync, wherever they hold a replica.
    def in_sync?(ids)
      @topics.each_value.all? do |partitions|
        partitions.all? { |partition| ((partition.replicas & ids) - partition.in_sync).empty? }
      end
    end

    # How many partitions of a topic have a leader; 0 when this broker has not heard of it.
    def led_partitions(topic)
      @topics.fetch(topic, []).count { |partition| partition.leader >= 0 }
    end

    private

    Partition = Data.define(:leader, :replicas, :in_sync)
    private_constant :Partition

    def topic
      int16 # error
      name = string
      int8 # internal
      partitions = array do
        int16 # error
        int32 # partition
        Partition.new(leader: int32, replicas: array { int32 }, in_sync: array { int32 })
      end
      [name, partitions]
    end

    def array(&)
      Array.new([int32, 0].max, &)
    end

    def string
      length = int16
      take(length, "a#{length}") if length >= 0
    end

    def int8 = take(1, "c")
    def int16 = take(2, "s>")
    def int32 = take(4, "l>")

    def take(size, format)
      @at += size
      @answer.unpack1(format, offset: @at - size)
    end
  end
end
