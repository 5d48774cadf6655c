# frozen_string_literal: true

module Quickstart
  # What the group has handled and committed, by partition.
  #
  # A message that was handled but could not be committed, because its partition was taken away or the broker was gone,
  # is delivered once more to whoever gets the partition next. That is what Kafka promises, and the ledger lets such
  # messages be skipped. Any other repetition is a mistake, and is not skipped, so that the check finds it.
  class Ledger
    # A member's turn with a partition: the offset committed when it began, and the offset delivered last.
    Turn = Struct.new(:committed, :last)

    # @return [Integer] messages skipped
    attr_reader :repeated

    def initialize
      @handled = {}
      @committed = Hash.new(0)
      @repeated = 0
    end

    # @param partition [Integer]
    # @return [Turn] for a partition that was assigned to a member just now
    def turn(partition)
      Turn.new(@committed[partition], -1)
    end

    # Tells whether a message has to be handled, and counts it as handled then.
    #
    # @param turn [Turn]
    # @param partition [Integer]
    # @param offset [Integer]
    # @return [Boolean]
    def handle?(turn, partition, offset)
      following = @handled.fetch(partition, 0)
      explained = offset < following && offset >= turn.committed && offset > turn.last
      turn.last = offset
      if explained
        @repeated += 1
        return false
      end

      @handled[partition] = offset + 1 if offset >= following
      true
    end

    # @param offsets [Hash{Integer => Integer}] committed, by partition
    def committed(offsets)
      @committed.update(offsets)
    end

    # @return [Hash{Integer => Integer}] offset after the last message handled, by partition
    def handled
      @handled.dup
    end

    # @param ends [Hash{Integer => Integer}] offset after the last message there is, by partition
    # @return [Boolean] whether there is nothing left to handle and to commit
    def complete?(ends)
      ends.all? { |partition, offset| @committed[partition] >= offset }
    end
  end
end
