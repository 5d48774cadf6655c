# frozen_string_literal: true

require_relative "settings"

module KarafkaNative
  module CommandLine
    module Doctor
      # What `karafka-native doctor` was asked for.
      #
      # @!attribute settings [Settings] Kafka options of the client to examine
      # @!attribute topic [String, nil]
      # @!attribute group [String, nil]
      # @!attribute timeout_ms [Integer] timeout of each wait
      # @!attribute json [Boolean]
      # @!attribute help [String, nil] what to print instead
      Options = Struct.new(:settings, :topic, :group, :timeout_ms, :json, :help, keyword_init: true) do
        # @param arguments [Array<String>]
        # @return [Options]
        # @raise [OptionParser::ParseError]
        def self.parse(arguments)
          options = new(settings: Settings.new, timeout_ms: 5_000, json: false)
          rest = options.parser.parse(arguments)
          raise OptionParser::NeedlessArgument, rest.first if rest.any?

          options
        end

        # @return [OptionParser]
        def parser
          OptionParser.new("Usage: karafka-native doctor [options]") do |parser|
            parser.separator "\nFinds out, step by step, why a client does not reach Kafka. Prints no secrets.\n\n"
            parser.on("--config FILE", "Kafka options in YAML") { |file| settings.update(Settings.read(file)) }
            parser.on("-o NAME=VALUE", "a Kafka option; may be repeated") { |text| settings.update(pair(text)) }
            parser.on("--topic NAME", "checks a topic, and WRITES A MESSAGE to it") do |name|
              self.topic = given(name)
            end
            parser.on("--group NAME", "shows a group's lag") { |name| self.group = given(name) }
            parser.on("--timeout MS", Integer, "timeout for each answer (5000)") do |number|
              self.timeout_ms = checked(number, 100..600_000)
            end
            parser.on("--json", "prints one JSON document") { self.json = true }
            parser.on("--help") { self.help = parser.help }
          end
        end

        private

        def pair(text)
          name, value = text.split("=", 2)
          # What was given may be a secret.
          raise OptionParser::InvalidArgument, "wants NAME=VALUE" if value.nil? || name.empty?

          { name => value }
        end

        def given(name)
          name.empty? ? raise(OptionParser::InvalidArgument, "an empty name") : name
        end

        def checked(number, range)
          range.cover?(number) ? number : raise(OptionParser::InvalidArgument, "#{number} is not in #{range}")
        end
      end
    end
  end
end
