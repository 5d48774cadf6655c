# frozen_string_literal: true

require "optparse"
require_relative "version"
require_relative "command_line/broker"
require_relative "command_line/doctor"

module KarafkaNative
  # The command `karafka-native`. Only the executable loads this file.
  #
  # @private
  module CommandLine
    COMMANDS = { "broker" => Broker, "doctor" => Doctor }.freeze
    HELP = <<~TEXT
      Usage: karafka-native COMMAND [options]

          broker   runs a development broker, without Docker or Java
          doctor   finds out why a client does not reach Kafka
          --help, --version

      Options of a command: karafka-native COMMAND --help
    TEXT
    private_constant :COMMANDS, :HELP

    # Runs a command.
    #
    # @param arguments [Array<String>]
    # @param out [IO] for results
    # @param err [IO] for errors and progress
    # @return [Integer] exit status: 0, 1 after a failure, 2 for invalid arguments, 130 after Ctrl-C
    def self.run(arguments, out: $stdout, err: $stderr)
      # File and topic names are UTF-8, whatever the locale.
      name, *rest = arguments.map { |argument| argument.dup.force_encoding(Encoding::UTF_8) }
      return complain(err, "an argument is not UTF-8") unless [*name, *rest].all?(&:valid_encoding?)

      case name
      when *COMMANDS.keys then COMMANDS.fetch(name).run(rest, out: out, err: err)
      when "--help", "-h", "help" then tell(out, HELP)
      when "--version", "version" then tell(out, VERSION)
      else complain(err, name ? "there is no command #{shown(name)}" : "a command is missing")
      end
    rescue OptionParser::ParseError => e
      complain(err, shown(e.message), name)
    rescue Errno::EPIPE
      1 # the reader of the output has gone
    rescue Interrupt
      130
    end

    # @param text [String] contains a user's argument
    # @return [String] without the part after an equals sign, which may be a secret
    def self.shown(text)
      text.sub(/=.*/m, "=...")
    end

    def self.tell(out, text)
      out.puts text
      0
    end

    def self.complain(err, text, command = nil)
      err.puts "karafka-native: #{text}; see karafka-native #{"#{command} " if command}--help"
      2
    end
    private_class_method :shown, :tell, :complain
  end
end
