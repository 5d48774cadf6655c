# frozen_string_literal: true

module KarafkaNative
  module CommandLine
    module Broker
      # What `karafka-native broker` was asked for.
      #
      # @!attribute port [Integer] of the first broker; the others have those that follow; 0 for any that are free
      # @!attribute brokers [Integer]
      # @!attribute topics [Hash{String => Integer}] numbers of partitions by name
      # @!attribute verbose [Boolean]
      # @!attribute json [Boolean]
      # @!attribute help [String, nil] what to print instead
      Options = Struct.new(:port, :brokers, :topics, :verbose, :json, :help, keyword_init: true) do
        # @param arguments [Array<String>]
        # @return [Options]
        # @raise [OptionParser::ParseError]
        def self.parse(arguments)
          options = new(port: 9092, brokers: 1, topics: {}, verbose: false, json: false)
          rest = options.parser.parse(arguments)
          raise OptionParser::NeedlessArgument, rest.first if rest.any?

          options.check_ports
          options
        end

        # @return [OptionParser]
        def parser
          OptionParser.new("Usage: karafka-native broker [options]") do |parser|
            parser.separator "\nRuns a development broker in the foreground. Data is kept only in memory.\n\n"
            parser.on("--port PORT", Integer, "port of the first broker (9092); 0 for any free one") do |port|
              self.port = checked(port, 0..65_535)
            end
            parser.on("--brokers NUMBER", Integer, "number of brokers (1), on consecutive ports") do |number|
              self.brokers = checked(number, 1..100)
            end
            parser.on("--topic NAME:PARTITIONS", "creates a topic; others are created on first use") do |text|
              add_topic(text)
            end
            parser.on("--verbose", "prints each event to standard error") { self.verbose = true }
            parser.on("--json", "prints the addresses as JSON") { self.json = true }
            parser.on("--help") { self.help = parser.help }
          end
        end

        # @return [void]
        # @raise [OptionParser::InvalidArgument] when there are not enough ports
        def check_ports
          return if port + brokers - 1 <= 65_535

          raise OptionParser::InvalidArgument, "--port #{port} leaves no ports for #{brokers} brokers"
        end

        private

        def checked(number, range)
          range.cover?(number) ? number : raise(OptionParser::InvalidArgument, "#{number} is not in #{range}")
        end

        def add_topic(text)
          name, partitions = text.match(/\A([a-zA-Z0-9._-]{1,249}):(\d{1,6})\z/)&.captures
          raise OptionParser::InvalidArgument, "#{text} is not NAME:PARTITIONS" unless name
          raise OptionParser::InvalidArgument, "#{name} comes twice" if topics.key?(name)

          topics[name] = checked(partitions.to_i, 1..100_000)
        end
      end
    end
  end
end
