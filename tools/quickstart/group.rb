# frozen_string_literal: true

require_relative "clock"
require_relative "ledger"
require_relative "member"
require_relative "numbers"

module Quickstart
  # Consumes with two members. The second one joins when half of the messages are handled.
  #
  # A small run would be over before the group has rebalanced, so the first member holds back a quarter of the messages
  # until the second one has got its partitions.
  class Group
    LARGEST_BATCH = 1_000
    # A batch is never more than this part of the messages.
    BATCH_PART = 16
    STEP = 0.02
    CLOSING = 20
    # Brokers of a large cluster may take a while to learn about the topic.
    ENDS_MS = 10_000
    private_constant :LARGEST_BATCH, :BATCH_PART, :STEP, :CLOSING, :ENDS_MS

    # @return [Stopwatch] runs while messages are handled; stands while they are held back, and during rebalances
    attr_reader :stopwatch

    # @return [Ledger]
    attr_reader :ledger

    # @return [Float, nil] seconds from the second member's start until it had partitions
    attr_reader :rebalance_seconds

    # @param options [Hash] consumer options
    # @param topic [String]
    # @param partitions [Integer]
    # @param count [Integer] messages
    # @param check [Check]
    # @param deadline [Deadline]
    def initialize(options, topic:, partitions:, count:, check:, deadline:)
      @options = options
      @topic = topic
      @partitions = partitions
      @count = count
      @check = check
      @deadline = deadline
      @ledger = Ledger.new
      @stopwatch = Stopwatch.new
      @lock = Mutex.new
      batch = (count / BATCH_PART).clamp(1, LARGEST_BATCH)
      @first, @second = Array.new(2) { Member.new(self, topic: topic, options: options, batch: batch) }
      @threads = []
    end

    # @yieldparam arrived [Integer] from time to time
    # @raise [Rdkafka::RdkafkaError] when a member fails
    # @raise [Overdue]
    def run
      ends = with_consumer { |consumer| ends(consumer) }
      @threads << @first.start
      until done?(ends)
        join_second if @second_started.nil? && @check.arrived >= @count / 2
        @deadline.check { missing }
        @threads.each { |thread| thread.join(0) } # raises what a member has raised
        yield @check.arrived
        sleep(STEP)
      end
      yield @check.arrived
      stop
      with_consumer { |consumer| @check.committed(@ledger.handled, committed(consumer)) }
    ensure
      stop
    end

    # @return [Array<Integer>] messages handled, by member
    def shares
      [@first.handled, @second.handled]
    end

    # Members call the following methods.

    # @return [Boolean]
    def stopping?
      @stopping
    end

    # @return [Boolean] whether messages are to be held back
    def hold?
      return false if @rebalance_seconds || @check.arrived < @count * 3 / 4

      @stopwatch.stop
      true
    end

    # @param partition [Integer]
    # @return [Ledger::Turn]
    def turn(partition)
      @lock.synchronize { @ledger.turn(partition) }
    end

    # @param member [Member] which has got partitions
    def assigned(member)
      @rebalance_seconds ||= Clock.now - @second_started if member.equal?(@second) && member.assigned?
    end

    # A member has lost partitions.
    def revoked
      @stopwatch.stop
    end

    # @param messages [Array<Rdkafka::Consumer::Message>]
    # @param turns [Hash{Integer => Ledger::Turn}]
    # @return [Integer] how many of them had not been handled before
    def handle(messages, turns)
      @lock.synchronize do
        @stopwatch.start
        messages.count do |message|
          next unless @ledger.handle?(turns.fetch(message.partition), message.partition, message.offset)

          @check.consumed(message)
          true
        end
      end
    end

    # @param offsets [Hash{Integer => Integer}] by partition
    def committed_by_member(offsets)
      @lock.synchronize { @ledger.committed(offsets) }
    end

    private

    def join_second
      @second_started = Clock.now
      @threads << @second.start
    end

    def done?(ends)
      @rebalance_seconds && @lock.synchronize { @ledger.complete?(ends) }
    end

    def stop
      @stopping = true
      @stopwatch.stop
      @threads.each { |thread| thread.join(CLOSING) or thread.kill }
      @threads.clear
    end

    def missing
      return "the first member of the group has no partitions" if @check.arrived.zero? && !@first.assigned?
      return "the second member of the group has no partitions" unless @rebalance_seconds

      first = @check.missing
      return "not all offsets are committed" unless first

      "#{Numbers.grouped(@count - @check.arrived)} messages are not consumed, the first of them is message #{first}"
    end

    # A consumer for queries only.
    def with_consumer
      consumer = Rdkafka::Config.new(@options).consumer
      yield consumer
    ensure
      consumer&.close
    end

    # @return [Hash{Integer => Integer}] offset after the last message, for partitions that have any
    def ends(consumer)
      all = (0...@partitions).to_h { |number| [number, consumer.query_watermark_offsets(@topic, number, ENDS_MS)] }
      all.reject { |_, (low, high)| low == high }.transform_values(&:last)
    end

    def committed(consumer)
      list = Rdkafka::Consumer::TopicPartitionList.new
      list.add_topic(@topic, @partitions)
      consumer.committed(list, ENDS_MS).to_h.values.flatten.to_h { |partition| [partition.partition, partition.offset] }
    end
  end
end
