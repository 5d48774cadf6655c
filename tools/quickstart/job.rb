# frozen_string_literal: true

require "logger"
require "rdkafka"
require "securerandom"
require_relative "check"
require_relative "clock"
require_relative "cluster"
require_relative "group"
require_relative "numbers"
require_relative "producer"
require_relative "progress"
require_relative "report"
require_relative "sample"

module Quickstart
  # Produces, consumes, checks, and prints the results.
  class Job
    # @param options [Options]
    # @param output [IO]
    def initialize(options, output: $stdout)
      @options = options
      @output = output
      @deadline = Deadline.new(options.timeout)
      @sample = Sample.new(count: options.messages, size: options.size)
      @check = Check.new(@sample)
      @report = Report.new(options.size)
      @topic = "quickstart-#{SecureRandom.hex(4)}"
    end

    # @return [Boolean] whether all is well
    def run
      failure = attempt { Cluster.open(@options.bootstrap, @deadline) { |cluster| run_on(cluster) } }
      @output.puts("", @report.table, "", @report.verdict(@check, failure))
      failure.nil? && @check.passed?
    end

    private

    # @return [String, nil] what went wrong
    def attempt
      yield
      nil
    rescue Overdue, Rdkafka::RdkafkaError, Rdkafka::Config::ConfigError, Rdkafka::AbstractHandle::WaitTimeoutError => e
      e.message
    end

    def run_on(cluster)
      introduce(cluster)
      partitions = cluster.create_topic(@topic, @sample)
      @output.puts("#{Numbers.grouped(@sample.count)} messages of #{Numbers.grouped(@sample.size)} bytes, " \
                   "topic #{@topic} with #{partitions} partitions")
      produce(cluster)
      consume(cluster, partitions)
      @check.finish
    end

    def introduce(cluster)
      @output.puts("karafka-native #{KarafkaNative::VERSION}, librdkafka #{Rdkafka::LIBRDKAFKA_VERSION}, " \
                   "Ruby #{RUBY_VERSION}; #{cluster.description}")
    end

    def produce(cluster)
      producer = Producer.new(
        cluster.bootstrap_servers, topic: @topic, sample: @sample, check: @check, deadline: @deadline
      )
      with_progress("produce") { |progress| producer.run { |delivered| progress.show(delivered) } }
    ensure
      @report.row("produced and delivered", producer.delivered, producer.stopwatch.seconds) if producer
    end

    def consume(cluster, partitions)
      options = { "bootstrap.servers": cluster.bootstrap_servers, "group.id": @topic, **cluster.consumer_options }
      group = Group.new(
        options, topic: @topic, partitions: partitions, count: @sample.count, check: @check, deadline: @deadline
      )
      with_progress("consume") { |progress| group.run { |arrived| progress.show(arrived) } }
    ensure
      report_on(group) if group
    end

    def report_on(group)
      @report.row("consumed, checked, committed", @check.arrived, group.stopwatch.seconds)
      @report.row("rebalance", nil, group.rebalance_seconds) if group.rebalance_seconds
      @report.remark("members handled #{group.shares.map { |share| Numbers.grouped(share) }.join(" and ")} messages")
      return if group.ledger.repeated.zero?

      repeated = Numbers.grouped(group.ledger.repeated)
      @report.remark("#{repeated} messages came again, not committed yet when their partitions moved; skipped")
    end

    def with_progress(title)
      progress = Progress.start(title, @sample.count, @output)
      yield progress
    ensure
      progress&.finish
    end
  end
end
