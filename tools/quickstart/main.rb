# frozen_string_literal: true

# The program behind bin/quickstart.

require_relative "options"

$stdout.sync = true # progress is for now, in a pipe too

begin
  options = Quickstart::Options.parse(ARGV)
rescue OptionParser::ParseError => e
  warn "quickstart: #{e.message}; see bin/quickstart --help"
  exit 2
end

if options.help
  puts Quickstart::Options.usage
  exit
end

begin
  require_relative "job" # after the options, so that help needs no compiled extension
  Rdkafka::Config.logger = Logger.new(options.verbose ? $stderr : nil)
  exit Quickstart::Job.new(options).run
rescue Interrupt
  warn "quickstart: interrupted"
  exit 130
end
