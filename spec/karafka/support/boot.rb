# frozen_string_literal: true

# First part of the boot file of every server that examples start: tells the example what happens, line by line.
require "json"
require "karafka"
require "logger"

# @param event [Symbol, String]
# @param details [Hash] what JSON can say
def tell(event, **details)
  # One call, so that processes that share the pipe do not mix their lines.
  $stdout.syswrite("#{JSON.generate(event: event, pid: Process.pid, **details)}\n") # rubocop:disable RSpec/Output
end

# The application of an example, with quick settings.
class App < Karafka::App
  # @yieldparam config [Karafka's configuration]
  def self.quick(**kafka)
    setup do |config|
      config.group_id = ENV.fetch("KN_GROUP")
      config.logger = Logger.new($stderr)
      config.max_wait_time = 100
      config.max_messages = 50
      config.pause.timeout = 50
      config.pause.max_timeout = 200
      config.shutdown_timeout = 20_000
      config.internal.connection.reset_backoff = 1_000
      config.kafka = {
        "bootstrap.servers": ENV.fetch("KN_BOOTSTRAP"), "auto.offset.reset": "earliest",
        "allow.auto.create.topics": false, "statistics.interval.ms": 0, **kafka
      }
      yield config if block_given?
    end
  end

  # One topic, the one of the example.
  def self.route(consumer, &block)
    routes.draw do
      topic(ENV.fetch("KN_TOPIC")) do
        consumer(consumer)
        instance_exec(&block) if block
      end
    end
  end
end

%w[app.running app.quiet app.stopped].each { |name| Karafka.monitor.subscribe(name) { tell(name) } }
%w[assigned revoked].each do |change|
  Karafka.monitor.subscribe("rebalance.partitions_#{change}") do |event|
    tell(change, partitions: event[:tpl].to_h.values.flatten.map(&:partition))
  end
end
Karafka.monitor.subscribe("error.occurred") do |event|
  error = event[:error]
  tell(:error, type: event[:type], class: error.class.name, message: error.message,
    code: error.respond_to?(:code) ? error.code : nil)
end
