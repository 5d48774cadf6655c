# frozen_string_literal: true

require_relative "support/driver"

# What an application does that changes its driver process by process.
RSpec.describe "One group with members on both drivers", :reference do
  let(:topic) { unique_name("topic") }
  let(:processes) { [] }
  let(:member) do
    <<~RUBY
      require "rdkafka"
      config = Rdkafka::Config.new(
        "bootstrap.servers": "#{KafkaClients.bootstrap_servers}", "group.id": "#{topic}",
        "session.timeout.ms": 3_000, "heartbeat.interval.ms": 100
      )
      config.consumer_rebalance_listener = Class.new do
        def on_partitions_assigned(list) = puts(list.to_h.values.flatten.map(&:partition).sort.join(","))
        def on_partitions_revoked(_list) = nil
      end.new
      $stdout.sync = true
      consumer = config.consumer
      consumer.subscribe("#{topic}")
      trap(:TERM) { $stop = true }
      consumer.poll(50) until $stop
      consumer.close
    RUBY
  end

  after { processes.dup.each { |process| stop(process) } }

  # @return [IO] the partitions of each assignment, a line each
  def start(driver)
    IO.popen([driver.environment, RbConfig.ruby, "-e", member]).tap { |process| processes << process }
  end

  def stop(process)
    Process.kill(:TERM, process.pid)
    process.close
    processes.delete(process)
  end

  # Waits until the members have these partitions.
  def expect_assignments(members, wanted)
    within(30) { nil until members.map { |process| process.gets.strip }.sort == wanted }
  end

  Conformance::Driver.then { |drivers| [drivers.here, drivers.reference] }.permutation do |first, second|
    it "shares the partitions when one on #{second.name} joins one on #{first.name}" do
      KafkaClients.cluster.create_topic(topic, partitions: 4)
      staying = start(first)
      expect_assignments([staying], ["0,1,2,3"])
      joining = start(second)
      expect_assignments([staying, joining], ["0,1", "2,3"])
      stop(joining)

      expect { expect_assignments([staying], ["0,1,2,3"]) }.not_to raise_error
    end
  end
end
