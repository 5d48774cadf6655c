# frozen_string_literal: true

module Quickstart
  # Checks that every message arrives exactly once, in order within its partition, and unchanged.
  class Check
    # How many wrong messages of a kind are listed.
    NAMED = 5
    KINDS = ["lost", "doubled", "out of order", "changed", "not committed"].freeze
    private_constant :NAMED

    # @return [Integer] how many different messages have arrived
    attr_reader :arrived

    # @param sample [Sample]
    def initialize(sample)
      @sample = sample
      @seen = "\0".b * sample.count
      @places = Array.new(sample.count)
      @latest = Hash.new(-1)
      @counts = KINDS.to_h { |kind| [kind, 0] }
      @named = KINDS.to_h { |kind| [kind, []] }
      @arrived = 0
    end

    # Records where the driver says that it has delivered a message.
    #
    # @param number [Integer]
    # @param partition [Integer]
    # @param offset [Integer] negative when the broker did not tell
    def delivered(number, partition, offset)
      @places[number] = [partition, offset].freeze unless offset.negative?
    end

    # Checks a message.
    #
    # @param message [#key, #payload, #headers, #timestamp, #partition, #offset]
    def consumed(message)
      number = number_of(message)
      return note("changed", "message at #{place(message)}: no number in its headers") unless number

      if @seen.getbyte(number) == 1
        note("doubled", "message #{number}, again at #{place(message)}")
      else
        @seen.setbyte(number, 1)
        @arrived += 1
        check_order(message, number)
      end
      check_content(message, number)
    end

    # Compares the offsets that the group has committed with those up to which it has handled messages.
    #
    # @param handled [Hash{Integer => Integer}] by partition
    # @param committed [Hash{Integer => Integer, nil}] by partition
    def committed(handled, committed)
      handled.each do |partition, offset|
        next if committed[partition] == offset

        note("not committed", "partition #{partition}: #{committed[partition].inspect} instead of #{offset}")
      end
    end

    # @param from [Integer]
    # @return [Integer, nil] number of the first message from there on that has not arrived
    def missing(from = 0)
      @seen.index("\0".b, from)
    end

    # Call this once, after the last message.
    def finish
      number = -1
      while (number = missing(number + 1))
        where = @places[number] && ", delivered to partition #{@places[number].first} at offset #{@places[number].last}"
        note("lost", "message #{number} (#{@sample.key(number)})#{where}")
      end
    end

    # @return [Boolean]
    def passed?
      @counts.values.all?(&:zero?)
    end

    # @return [Hash{String => Integer}] number of offenders by kind
    attr_reader :counts

    # @param kind [String]
    # @return [Array<String>] the first offenders of that kind
    def named(kind)
      @named.fetch(kind)
    end

    private

    def number_of(message)
      number = Integer(message.headers["number"], 10, exception: false)
      number if number&.between?(0, @sample.count - 1)
    end

    # Messages were produced in the order of their numbers.
    def check_order(message, number)
      before = @latest[message.partition]
      return @latest[message.partition] = number if number > before

      note("out of order", "message #{number} after #{before}, at #{place(message)}")
    end

    def check_content(message, number)
      differences = differences(message, number)
      note("changed", "message #{number} at #{place(message)}: #{differences.join(", ")}") unless differences.empty?
    end

    def differences(message, number)
      payload = @sample.payload(number)
      found = []
      found << "key" unless message.key == @sample.key(number)
      found << "payload" unless message.payload == payload
      found << "headers" unless message.headers == @sample.headers(number, payload)
      found << "timestamp" unless milliseconds(message.timestamp) == @sample.timestamp(number)
      delivered = @places[number]
      return found if delivered.nil? || delivered == [message.partition, message.offset]

      found << "place (reported: partition #{delivered.first}, offset #{delivered.last})"
    end

    def milliseconds(time)
      time && ((time.to_i * 1000) + (time.nsec / 1_000_000))
    end

    def place(message)
      "partition #{message.partition}, offset #{message.offset}"
    end

    def note(kind, text)
      @counts[kind] += 1
      @named[kind] << text if @named[kind].size < NAMED
    end
  end
end
