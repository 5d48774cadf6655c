# frozen_string_literal: true

require "logger"
require "open3"
require "rbconfig"
require "stringio"
require "time"

module Conformance
  # What scenarios are written in: clients, topics, waiting, and ways to observe. A new one for each scenario.
  class World
    # A logger that only keeps.
    class Journal
      attr_reader :lines

      def initialize
        @lines = Thread::Queue.new
      end

      def add(severity, message)
        @lines << [severity, message]
      end

      def error(message)
        add(Logger::ERROR, message)
      end
    end

    Place = Data.define(:topic, :partition, :offset)
    private_constant :Place

    # What it does not wait for any longer.
    class TooSlow < StandardError; end

    # @param servers [String]
    # @param prefix [String] of names
    # @param cluster [Channel::Cluster, nil] nil with real brokers
    def initialize(servers, prefix, cluster)
      @servers = servers
      @prefix = prefix
      @cluster = cluster
      @count = 0
      @open = []
      @topics = []
    end

    # @return [Channel::Cluster, nil] the embedded one, which the scenarios of this process share
    attr_reader :cluster

    # @param scenario [Scenario]
    # @return [Object] what was observed
    def run(scenario)
      Rdkafka::Config.logger = Logger.new(IO::NULL)
      instance_exec(&scenario.steps)
    rescue Exception => e # rubocop:disable Lint/RescueException -- what was to be observed is attempted
      Observation::Failure.new(e)
    ensure
      reset
    end

    # --- Names, topics

    # @return [String] the same in both drivers, apart from the prefix
    def unique(what)
      "#{@prefix}#{what}#{@count += 1}"
    end

    # @return [String] name of a topic that exists
    def new_topic(partitions: 1)
      name = unique("topic")
      if cluster
        cluster.create_topic(name, partitions: partitions)
      else
        admin.create_topic(name, partitions, 1).wait
        deleting(name)
      end
      name
    end

    # @return [String] name, of a topic on real brokers that is deleted after the scenario
    def deleting(name)
      @topics << name
      name
    end

    # --- Clients; all are closed after the scenario

    # @param options [Hash] Kafka options
    # @return [Rdkafka::Config]
    def config(**)
      Rdkafka::Config.new({ "bootstrap.servers": @servers, ** })
    end

    # @return [Rdkafka::Producer]
    def producer(**)
      opened(config(**).producer)
    end

    # @return [Rdkafka::Producer] one that reaches no broker
    def unreachable_producer(**)
      producer("bootstrap.servers": "127.0.0.1:1", **)
    end

    # @return [Rdkafka::Admin]
    def admin(**)
      opened(config(**).admin)
    end

    # @return [Rdkafka::Consumer] in a group of its own
    def consumer(listener: nil, poll_set: true, auto_start: true, **)
      made = config("group.id": unique("group"), "auto.offset.reset": "earliest", "fetch.wait.max.ms": 10, **)
      made.consumer_rebalance_listener = listener if listener
      made.consumer_poll_set = poll_set
      opened(made.consumer(native_kafka_auto_start: auto_start))
    end

    # @return [Rdkafka::Consumer] one whose group is made at once; classic ones take the embedded brokers three seconds
    def member(**)
      consumer("group.protocol": "consumer", **)
    end

    # @return [Rdkafka::Consumer] one that consumes partition 0 from its beginning, unless offsets say otherwise
    def consumer_of(topic, offsets = { 0 => 0 }, **)
      consumer(**).tap { |made| made.assign(list(topic => offsets)) }
    end

    # @return [Object] client, which is closed after the scenario
    def opened(client)
      @open << client
      client
    end

    # --- Messages

    # @param topics [Hash{String => Hash{Integer => Integer}}] offsets by topic and partition
    # @return [Rdkafka::Consumer::TopicPartitionList]
    def list(topics)
      topics.each_with_object(Rdkafka::Consumer::TopicPartitionList.new) do |(topic, offsets), list|
        list.add_topic_and_partitions_with_offsets(topic, offsets)
      end
    end

    # Produces to partition 0 and waits.
    #
    # @param messages [Array<String, Hash>] payloads, or arguments of produce
    # @return [Array<Rdkafka::Producer::DeliveryReport>]
    def publish(topic, *messages)
      client = (@publisher ||= producer)
      messages
        .map { |message| message.is_a?(Hash) ? message : { payload: message } }
        .map { |message| client.produce(topic: topic, partition: 0, **message) }
        .map { |handle| handle.wait(max_wait_timeout_ms: 15_000) }
    end

    # @return [Array<Rdkafka::Consumer::Message>]
    def consume(client, count)
      messages = []
      eventually do
        message = client.poll(100)
        messages << message if message
        messages.size >= count
      end
      messages
    end

    # @return [Rdkafka::Consumer::Message] the first one
    def message_of(topic, **)
      consume(consumer_of(topic, **), 1).first
    end

    # @return [#topic, #partition, #offset] what seeks and stores go by, without being a message
    def place(topic, partition, offset)
      Place.new(topic, partition, offset)
    end

    # --- Waiting

    # Calls the block until it returns something truthy.
    #
    # @return [Object]
    # @raise [TooSlow]
    def eventually(seconds = 15)
      deadline = now + seconds
      until (value = yield)
        raise TooSlow, "did not come true" if now > deadline

        sleep(0.002)
      end
      value
    end

    # @return [Float] seconds
    def now
      Process.clock_gettime(Process::CLOCK_MONOTONIC)
    end

    # --- Observing

    # @return [Object] what the block returns or raises
    def attempt
      yield
    rescue Exception => e # rubocop:disable Lint/RescueException -- a NotImplementedError is an observation, too
      raise if e.is_a?(SignalException) || e.is_a?(SystemExit)

      e
    end

    # For what Ruby, or the layer beneath, words as it likes.
    #
    # @return [Class, Object] class of what the block raises, or what it returns
    def refusal(&)
      attempt(&).then { |value| value.is_a?(Exception) ? value.class : value }
    end

    # @return [Boolean] whether the registry of pending handles has it
    def registered?(handle)
      kept = Rdkafka::AbstractHandle::REGISTRY.values
      kept.include?(handle)
    end

    # @return [Symbol] what kind of thread this is, seen from the scenario's
    def thread_kind(scenario_thread)
      if Thread.current == scenario_thread
        :own
      elsif Thread.current.name.to_s.start_with?("rdkafka.native_kafka#")
        :polling
      else
        :other
      end
    end

    # @return [Array(Object, Array<Array(Integer, String)>)] what the block returns and what was logged in it
    def logging
      journal = Rdkafka::Config.logger = Journal.new
      value = yield journal.lines
      [value, Array.new(journal.lines.size) { journal.lines.pop }]
    end

    # @return [Array(Object, Array<String>)] what the block returns, and how its warnings, in whatever words, begin
    def warnings
      warned = StringIO.new
      before = $stderr
      $stderr = warned
      [yield, warned.string.lines.map { |line| line[/\A[A-Z ]+:/] }]
    ensure
      $stderr = before
    end

    # @return [Array<String>] names of the methods, with their parameters unless they assign
    def signatures(owner, *names)
      names.map do |name|
        method = owner.method_defined?(name) || owner.private_method_defined?(name) ? owner.instance_method(name) : nil
        next "#{name} is missing" unless method

        name.end_with?("=") ? name.to_s : "#{name}(#{parameters(method)})"
      end
    end

    # @return [String]
    def parameters(method)
      marks = { req: "%s", opt: "%s = ?", rest: "*%s", keyreq: "%s:", key: "%s: ?", keyrest: "**%s", block: "&%s" }
      method.parameters.map { |kind, name| format(marks.fetch(kind), name.to_s.delete_prefix("_")) }.join(", ")
    end

    # Runs the block in a forked process.
    #
    # @return [Array(Observation::Described, Integer)] what it returned or raised there, and the exit status
    def forked(&block)
      reader, writer = IO.pipe
      pid = fork do
        reader.close
        writer.write(Observation.text(attempt(&block)))
        writer.close
        exit(0)
      end
      writer.close
      text = reader.read
      [Observation::Described.new(text), ending(Process.wait2(pid).last)]
    end

    # Runs a script in a process of its own, with the same driver.
    #
    # @param arguments [Hash{Symbol => Object}] become constants, by their upper-case names
    # @return [Hash]
    def process(script, **arguments)
      constants = { servers: @servers, **arguments }.map { |name, value| "#{name.upcase} = #{value.inspect}\n" }
      flags = $LOAD_PATH.flat_map { |directory| ["-I", directory.to_s] }
      preludes = constants.join + <<~RUBY
        $stdout.sync = true
        require "rdkafka"
        require "logger"
        Rdkafka::Config.logger = Logger.new(IO::NULL)
      RUBY
      out, err, status = Open3.capture3(RbConfig.ruby, *flags, stdin_data: preludes + script)
      { out: out.lines(chomp: true), err: err.lines(chomp: true).grep(/Rdkafka|rdkafka/).first, ended: ending(status) }
    end

    private

    def ending(status)
      status.signaled? ? :"SIG#{Signal.signame(status.termsig)}" : status.exitstatus
    end

    def reset
      attempt { @topics.each { |topic| admin.delete_topic(topic).wait } }
      @open.reverse_each { |client| attempt { close(client) } }
      Rdkafka::Config.logger = Logger.new(IO::NULL)
      Rdkafka::Config.statistics_callback = nil
      Rdkafka::Config.error_callback = nil
      Rdkafka::Config.oauthbearer_token_refresh_callback = nil
      Rdkafka::Config.partitioner_key_uses_bytesize = false
      Rdkafka::Producer.partitions_count_cache = Rdkafka::Producer::PartitionsCountCache.new
    end

    def close(client)
      return if client.closed?

      client.purge if client.is_a?(Rdkafka::Producer)
      client.close
    end
  end
end
