# frozen_string_literal: true

# Runs scenarios of an area in a process of its own, with the driver that `require "rdkafka"` finds, and says on
# standard output what was observed: `ruby runner.rb AREA FIRST COUNT SERVERS PREFIX`, where FIRST is the number of the
# first scenario.
channel_output = $stdout.dup
$stdout.reopen($stderr)

require "rdkafka"
require_relative "support/channel"
require_relative "support/observation"
require_relative "support/scenario"
require_relative "support/world"

name, first, count, servers, prefix = ARGV
area = Conformance::Area.new(name)
channel = Conformance::Channel.new($stdin, channel_output)
cluster = channel.cluster unless area.on_kafka?
area.scenarios.each_with_index.to_a[Integer(first), Integer(count)].each do |scenario, number|
  names = "#{prefix}s#{number}-"
  observed = Conformance::World.new(servers, names, cluster).run(scenario)
  channel.observed(scenario.name, Conformance::Observation.text(observed, { names => "" }))
end
# What the clients of failed scenarios wait for at exit is of no interest.
exit!(0)
