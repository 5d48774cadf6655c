# frozen_string_literal: true

require_relative "numbers"

module Quickstart
  # The final table and verdict.
  class Report
    HEADINGS = ["", "messages", "seconds", "msg/s", "MB/s"].freeze
    private_constant :HEADINGS

    # @param size [Integer] bytes of a message's payload
    def initialize(size)
      @size = size
      @rows = []
      @remarks = []
    end

    # @param what [String]
    # @param messages [Integer, nil] nil for a step without messages
    # @param seconds [Float]
    def row(what, messages, seconds)
      rates = messages && seconds.positive? ? rates(messages / seconds) : ["", ""]
      @rows << [what, messages ? Numbers.grouped(messages) : "", format("%.2f", seconds), *rates]
    end

    # @param text [String]
    def remark(text)
      @remarks << text
    end

    # @return [String] empty when nothing was done
    def table
      return "" if @rows.empty?

      lines = [HEADINGS, *@rows]
      widths = lines.transpose.map { |column| column.map(&:size).max }
      lines.map! do |first, *rest|
        [first.ljust(widths.first), *rest.zip(widths.drop(1)).map { |text, width| text.rjust(width) }].join("  ").rstrip
      end
      [*lines, *@remarks].join("\n")
    end

    # @param check [Check]
    # @param failure [String, nil] why the job could not be done
    # @return [String] the offenders, and the verdict in the last line
    def verdict(check, failure)
      return "PASSED: #{Numbers.grouped(check.arrived)} messages, each exactly once, in order and unchanged" if
        failure.nil? && check.passed?

      found = check.counts.reject { |_, count| count.zero? }
      named = found.map { |kind, count| offenders(kind, count, check.named(kind)) }
      reasons = [failure, *found.map { |kind, count| "#{Numbers.grouped(count)} #{kind}" }].compact
      [*named, "FAILED: #{reasons.join(", ")}"].join("\n")
    end

    private

    def rates(per_second)
      [Numbers.grouped(per_second.round), format("%.1f", per_second * @size / 1_000_000)]
    end

    def offenders(kind, count, named)
      more = count > named.size ? ["  ... and #{Numbers.grouped(count - named.size)} more"] : []
      ["#{kind}:", *named.map { |text| "  #{text}" }, *more].join("\n")
    end
  end
end
