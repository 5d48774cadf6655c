# frozen_string_literal: true

require "optparse"
require_relative "version"
require_relative "command_line/broker"
require_relative "command_line/doctor"

module KarafkaNative
  # The command `karafka-native`, which loads this file; nothing else does.
  #
  # @private
  module CommandLine
    COMMANDS = { "broker" => Broker, "doctor" => Doctor }.freeze
    HELP = <<~TEXT
      Usage: karafka-native COMMAND [options]

          broker   a broker for development, which needs neither Docker nor Java
          doctor   finds out why a client does not reach Kafka
          --help, --version

      What a command takes: karafka-native COMMAND --help
    TEXT
    private_constant :COMMANDS, :HELP

    # Runs a command to its end.
    #
    # @param arguments [Array<String>]
    # @param out [IO] for what was asked for
    # @param err [IO] for complaints and news
    # @return [Integer] exit status: 0, 1 after a failure, 2 for arguments that make no sense, 130 after Ctrl-C
    def self.run(arguments, out: $stdout, err: $stderr)
      # Whatever the locale says: names of files and topics are UTF-8.
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
      1 # nobody reads any further
    rescue Interrupt
      130
    end

    # @param text [String] with an argument of the user in it
    # @return [String] without what follows an equals sign, which may be a secret
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
