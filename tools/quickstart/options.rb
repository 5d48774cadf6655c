# frozen_string_literal: true

require "optparse"

module Quickstart
  # The command line's options.
  Options = Data.define(:bootstrap, :messages, :size, :timeout, :verbose, :help) do
    # @param bootstrap [String, nil] addresses of a real cluster; nil for an embedded one
    # @param messages [Integer]
    # @param size [Integer] bytes of a payload
    # @param timeout [Integer] seconds for everything
    # @param verbose [Boolean] whether librdkafka's log is shown
    # @param help [Boolean] whether nothing is to be done but to explain the options
    def initialize(bootstrap: nil, messages: 100_000, size: 100, timeout: 120, verbose: false, help: false)
      super
    end

    # @param arguments [Array<String>]
    # @return [Options]
    # @raise [OptionParser::ParseError]
    def self.parse(arguments)
      wanted = {}
      rest = parser(wanted).parse(arguments)
      raise OptionParser::InvalidArgument, rest.join(" ") unless rest.empty?

      new(**wanted)
    end

    # @return [String] explains the options
    def self.usage
      parser({}).help
    end

    # @param wanted [Hash{Symbol => Object}] gets what is parsed
    # @return [OptionParser]
    def self.parser(wanted)
      defaults = new
      OptionParser.new do |parser|
        parser.banner = <<~TEXT
          Usage: bin/quickstart [options]

          Sets up and compiles what is missing. Then produces messages, consumes them with a group of two members, and
          checks that each arrives exactly once, in order within its partition, and unchanged. Exit status 0 if so.

        TEXT
        parser.on("--bootstrap HOST:PORT", "a real cluster instead of the embedded one; a topic",
          "is created there, and deleted in the end") { |value| wanted[:bootstrap] = value }
        parser.on("--messages N", Integer, "how many (#{defaults.messages})") do |value|
          wanted[:messages] = within(value, 1..100_000_000)
        end
        parser.on("--size BYTES", Integer, "of each message's payload (#{defaults.size})") do |value|
          wanted[:size] = within(value, 1..900_000)
        end
        parser.on("--timeout SECONDS", Integer, "after which it gives up (#{defaults.timeout})") do |value|
          wanted[:timeout] = within(value, 1..1_000_000)
        end
        parser.on("--verbose", "shows what librdkafka logs, on standard error") { wanted[:verbose] = true }
        parser.on("-h", "--help", "shows this") { wanted[:help] = true }
      end
    end
    private_class_method :parser

    # @param value [Integer]
    # @param range [Range]
    # @return [Integer] value
    # @raise [OptionParser::InvalidArgument]
    def self.within(value, range)
      return value if range.cover?(value)

      raise OptionParser::InvalidArgument, "#{value} (#{range.begin} to #{range.end})"
    end
    private_class_method :within
  end
end
