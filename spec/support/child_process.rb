# frozen_string_literal: true

require "open3"
require_relative "ruby_process"

# Runs scripts in a Ruby process of their own, where they may hang, crash and exit, against the brokers of this one.
module ChildProcess
  # The environment of a script that measures its memory: mimalloc gives memory back later than the C library, and how
  # much it keeps differs from run to run.
  MEASURED = { "KARAFKA_NATIVE_ALLOCATOR" => "libc" }.freeze

  # What became of a script.
  #
  # @!attribute out [String] standard output
  # @!attribute err [String] standard error
  # @!attribute status [Process::Status]
  # @!attribute hung [Boolean] whether it had to be killed
  # @!attribute seconds [Float] how long it took
  Outcome = Struct.new(:out, :err, :status, :hung, :seconds, keyword_init: true) do
    # @return [Array<String>] lines of standard output
    def lines
      out.lines(chomp: true)
    end

    # @return [Integer, Symbol, nil] exit status, `:hung`, or a name like `:SIGSEGV`
    def ending
      return :hung if hung

      status.signaled? ? :"SIG#{Signal.signame(status.termsig)}" : status.exitstatus
    end
  end

  # Loaded before each script.
  PRELUDE = <<~RUBY
    require "rdkafka"
    require "logger"
    require "timeout"
    $stdout.sync = true
    Rdkafka::Config.logger = Logger.new(ENV["KN_LOG"] ? $stderr : IO::NULL)
    UNREACHABLE = "127.0.0.1:1"

    def config(**options) = Rdkafka::Config.new({ "bootstrap.servers": ENV.fetch("KN_BOOTSTRAP"), **options })
    def producer(**options) = config(**options).producer
    def admin(**options) = config(**options).admin

    def consumer(listener: nil, poll_set: true, **options)
      made = config("group.id": "group-\#{rand(1 << 60)}", "auto.offset.reset": "earliest", **options)
      made.consumer_rebalance_listener = listener if listener
      made.consumer_poll_set = poll_set
      made.consumer
    end

    # A consumer of all of a topic.
    def consumer_of(topic, partitions: 1, **options)
      list = Rdkafka::Consumer::TopicPartitionList.new
      list.add_topic(topic, partitions)
      consumer("fetch.wait.max.ms": 10, **options).tap { |made| made.assign(list) }
    end

    # A member of the topic's share group.
    def share_consumer(topic, **options)
      config("group.id": "share-\#{topic}", **options).share_consumer.tap { |made| made.subscribe(topic) }
    end

    def fill(topic, count, partition: 0)
      client = producer
      count.times { |number| client.produce(topic: topic, payload: number.to_s, partition: partition) }
      client.flush(30_000)
      client.close
    end

    # Keeps every other Ruby thread from running meanwhile. Native threads go on.
    def hold_gvl(milliseconds)
      ($gvl_holder ||= config("group.id": "holder").consumer).poll_nb(milliseconds)
    end

    # Folders of the process's threads whose name begins like that; threads that end meanwhile do not count.
    def native_threads(name)
      Dir["/proc/self/task/*"].select do |task|
        File.read("\#{task}/comm").start_with?(name)
      rescue SystemCallError
        false
      end
    end

    def asleep(thread)
      sleep(0.001) until thread.status == "sleep" || !thread.alive?
      # Long enough to have got from Ruby's sleep state into the native call.
      sleep(0.05)
    end

    def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)

    # What the thread returned, or the class of what it raised.
    def finish(thread)
      thread.report_on_exception = false
      deadline = now + 10
      sleep(0.001) while thread.alive? && now < deadline
      abort("hangs at \#{thread.backtrace&.first(3)}") if thread.alive?
      thread.value
    rescue StandardError => e
      e.class
    end
  RUBY

  # Runs a command in a process group of its own, to end its children, too: they hold the pipes open.
  #
  # @param command [Array<String>]
  # @param input [String] for its standard input
  # @param seconds [Numeric] after which it is killed
  # @return [Outcome]
  def self.run(command, seconds:, input: "", environment: {})
    started = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    Open3.popen3(environment, *command, pgroup: true) do |stdin, *streams, waiter|
      readers = streams.map { |stream| Thread.new { stream.read } }
      stdin.write(input)
      stdin.close
      hung = waiter.join(seconds).nil?
      Process.kill(:KILL, -waiter.pid) if hung
      out, err = readers.map { |reader| reader.value.force_encoding(Encoding::UTF_8) }
      elapsed = Process.clock_gettime(Process::CLOCK_MONOTONIC) - started
      Outcome.new(out: out, err: err, status: waiter.value, hung: hung, seconds: elapsed)
    end
  end

  # @param script [String]
  # @param arguments [Hash] become constants of the script, by their upper-case names
  # @param seconds [Numeric] after which it is killed
  # @return [Outcome]
  def run_child(script, seconds: 30, ruby_options: [], environment: {}, **arguments)
    constants = arguments.map { |name, value| "#{name.upcase} = #{value.inspect}\n" }.join
    environment = { "KN_BOOTSTRAP" => KafkaClients.bootstrap_servers, **environment }
    ChildProcess.run(
      RubyProcess.command(*ruby_options), input: [PRELUDE, constants, script].join, seconds: seconds,
      environment: environment
    )
  end
end

RSpec.configure { |config| config.include ChildProcess }

# Passes if the script has ended with status 0 and has printed exactly these lines.
RSpec::Matchers.define :print_lines do |*expected|
  match { |outcome| outcome.ending.eql?(0) && outcome.lines == expected.map(&:to_s) }

  failure_message do |outcome|
    "expected #{expected.inspect} and status 0, got #{outcome.lines.first(20).inspect} and #{outcome.ending}\n" \
      "#{outcome.err.lines.first(15).join}"
  end
end
