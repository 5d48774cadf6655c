# frozen_string_literal: true

require_relative "broker/options"

module KarafkaNative
  module CommandLine
    # `karafka-native broker`
    module Broker
      # Runs a broker until a signal ends it.
      #
      # @param arguments [Array<String>]
      # @param out [IO]
      # @param err [IO]
      # @return [Integer] exit status
      # @raise [OptionParser::ParseError]
      def self.run(arguments, out:, err:)
        options = Options.parse(arguments)
        if options.help
          out.puts options.help
          return 0
        end
        require_relative "broker/server"
        Server.new(options, out: out, err: err).run
      end
    end
  end
end
