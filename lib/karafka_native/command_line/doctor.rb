# frozen_string_literal: true

require_relative "doctor/options"

module KarafkaNative
  module CommandLine
    # `karafka-native doctor`
    module Doctor
      # Examines a connection, step by step.
      #
      # @param arguments [Array<String>]
      # @param out [IO]
      # @param err [IO] not needed
      # @return [Integer] exit status: 0 when all is well, 1 when a step has failed
      # @raise [OptionParser::ParseError]
      def self.run(arguments, out:, err:) # rubocop:disable Lint/UnusedMethodArgument -- as for every command
        options = Options.parse(arguments)
        if options.help
          out.puts options.help
          return 0
        end
        require_relative "doctor/examination"
        Examination.new(options, Report.new(out, options.settings, json: options.json)).run
      end
    end
  end
end
