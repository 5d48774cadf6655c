# frozen_string_literal: true

# Runs one scenario with the driver of this process and prints the measurements:
# `ruby run_scenario.rb NAME '{"servers": ..., "topic": ..., "messages": ...}'`.
require "json"
require_relative "scenario"
require_relative "workbench"

scenario = Scenario.find(ARGV[0])
workbench = Workbench.new(scenario, **JSON.parse(ARGV[1], symbolize_names: true))
workbench.instance_exec(&scenario.body)
puts JSON.generate(workbench.readings)
$stdout.flush
Process.exit!(0) # the end of the process is not measured
