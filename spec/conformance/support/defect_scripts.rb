# frozen_string_literal: true

require "open3"
require "rbconfig"
require_relative "driver"

module Conformance
  # Scripts that show a defect of the reference: run with this driver they must not show it, and run with the reference
  # they must, or they would prove nothing.
  module DefectScripts
    # @param number [Integer, Array<Integer>] in the contract's list
    # @param title [String]
    # @param script [String] run with {ChildProcess::PRELUDE} and a `TOPIC` of three partitions
    # @param here [Object] what `match` takes: lines, and how the script ends unless that is with status 0
    # @param reference [Object] the same for the reference
    # @param seconds [Numeric] after which this driver is killed
    # @param patience [Numeric] the same for the reference
    # @param real [Boolean] whether real brokers are needed
    # @param share_groups [Boolean] whether share groups are needed
    def defect(
      number, title, script, here:, reference:, seconds: 15, patience: seconds, real: false, share_groups: false
    )
      needs = { share_groups: share_groups, **(real ? { kafka: [] } : {}) }
      it "is not ours: #{title}", defect: number, **needs do
        expect(outcome(Driver.here, script, seconds, real: real)).to match(here)
      end

      it "is the reference's: #{title}", :reference, **needs do
        expect(outcome(Driver.reference, script, patience, real: real)).to match(reference)
      end
    end

    # Runs them.
    module Running
      # @return [Array<String, Symbol>] what the script has printed, and how it has ended unless that was exit status 0
      def outcome(driver, script, seconds, real:)
        environment = { "KN_BOOTSTRAP" => servers(real), **driver.environment }
        topic = real ? "defect-#{SecureRandom.hex(6)}" : new_topic(partitions: 3)
        Open3.popen3(environment, RbConfig.ruby) do |input, out, err, waiter|
          readers = [out, err].map { |stream| Thread.new { stream.read } }
          input.write(ChildProcess::PRELUDE, "TOPIC = #{topic.inspect}\n", script)
          input.close
          hung = waiter.join(seconds).nil?
          Process.kill(:KILL, waiter.pid) if hung
          lines = readers.map(&:value).first.lines(chomp: true)
          ending = ChildProcess::Outcome.new(status: waiter.value, hung: hung).ending
          ending.eql?(0) ? lines : [*lines, ending]
        end
      ensure
        delete(topic) if real
      end

      # Topics that were left would fill the pages that specs of the Web UI look at.
      def delete(topic)
        admin = Rdkafka::Config.new("bootstrap.servers": kafka.bootstrap).admin
        admin.delete_topic(topic).wait
      ensure
        admin&.close
      end

      def servers(real)
        return kafka.bootstrap if real

        KafkaClients.cluster.start_share_groups_at(:earliest)
        KafkaClients.bootstrap_servers
      end
    end
  end
end
