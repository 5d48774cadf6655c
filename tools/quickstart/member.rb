# frozen_string_literal: true

module Quickstart
  # A consumer of the group, in a thread of its own.
  #
  # Offsets are committed after each batch and before the next poll, because it is the next poll that may give
  # partitions away. When that fails, nothing more is handled until it works or the partitions are gone. Messages that
  # came together with the loss of their partition are left to its next owner.
  class Member
    # Fetching goes on soon after librdkafka's queue was full, and brokers do not hold answers back for long.
    OPTIONS = {
      "auto.offset.reset": "earliest", "enable.auto.commit": false, "enable.auto.offset.store": false,
      "partition.assignment.strategy": "roundrobin", "heartbeat.interval.ms": 300,
      "fetch.queue.backoff.ms": 10, "fetch.wait.max.ms": 50
    }.freeze
    POLL_MS = 100
    # Temporary errors: brokers restart, leaders move, the group rebalances.
    PASSING = %i[
      transport all_brokers_down resolve timed_out timed_out_queue max_poll_exceeded wait_coord wait_cache
      request_timed_out leader_not_available not_leader_for_partition broker_not_available replica_not_available
      network_exception coordinator_load_in_progress coordinator_not_available not_coordinator
      unknown_topic_or_part unknown_partition illegal_generation unknown_member_id rebalance_in_progress
      fenced_leader_epoch unknown_leader_epoch offset_not_available kafka_storage_error
    ].freeze
    # Nothing to commit, or its partition is gone.
    NOTHING_STORED = :no_offset
    private_constant :OPTIONS, :POLL_MS, :PASSING, :NOTHING_STORED

    # @return [Integer] messages handled
    attr_reader :handled

    # @param group [Group]
    # @param topic [String]
    # @param options [Hash] consumer options
    # @param batch [Integer] messages handled between two commits
    def initialize(group, topic:, options:, batch:)
      @group = group
      @topic = topic
      @batch = batch
      @handled = 0
      @turns = {}
      @uncommitted = {}
      @paused = nil
      @config = Rdkafka::Config.new({ **OPTIONS, **options })
      @config.consumer_rebalance_listener = self
    end

    # @return [Thread] ends when the group stops
    def start
      Thread.new do
        Thread.current.report_on_exception = false # whoever joins it gets the exception
        run
      end
    end

    # @return [Boolean] whether it has partitions
    def assigned?
      !@turns.empty?
    end

    # Called in a poll, after the assignment has changed.
    #
    # @param list [Rdkafka::Consumer::TopicPartitionList]
    def on_partitions_assigned(list)
      @paused = nil # not known
      numbers(list).each { |partition| @turns[partition] = @group.turn(partition) }
      @group.assigned(self)
    end

    # Called in a poll, after the assignment has changed: too late for a commit.
    #
    # @param list [Rdkafka::Consumer::TopicPartitionList]
    def on_partitions_revoked(list)
      numbers(list).each do |partition|
        @turns.delete(partition)
        @uncommitted.delete(partition)
      end
      @group.revoked
    end

    private

    def run
      @consumer = @config.consumer
      @consumer.subscribe(@topic)
      until @group.stopping?
        pause_or_go_on if assigned?
        handle(messages(@consumer.poll_batch(POLL_MS, max_items: @batch)))
        commit
      end
    ensure
      @consumer&.close
    end

    def messages(polled)
      polled.select do |item|
        next @turns.key?(item.partition) unless item.is_a?(Rdkafka::RdkafkaError)
        raise item unless PASSING.include?(item.code)
      end
    end

    def handle(messages)
      return if messages.empty?

      @handled += @group.handle(messages, @turns)
      messages.each { |message| @uncommitted[message.partition] = message }
    end

    # A failed commit is tried again after the next poll, if the partition still belongs to this member.
    def commit
      return if @uncommitted.empty?

      @uncommitted.each_value { |message| @consumer.store_offset(message) }
      @consumer.commit
      @group.committed_by_member(@uncommitted.transform_values { |message| message.offset + 1 })
      @uncommitted.clear
    rescue Rdkafka::RdkafkaError => e
      raise unless e.code == NOTHING_STORED || e.code == :state || PASSING.include?(e.code)
    end

    # Polling has to continue in the meantime, or there would be no rebalance.
    def pause_or_go_on
      wanted = @group.hold? || !@uncommitted.empty?
      return if wanted == @paused

      @paused = wanted
      wanted ? @consumer.pause(@consumer.assignment) : @consumer.resume(@consumer.assignment)
    end

    def numbers(list)
      list.to_h.values.flatten.map(&:partition)
    end
  end
end
