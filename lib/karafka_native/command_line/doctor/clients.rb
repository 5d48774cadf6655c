# frozen_string_literal: true

require "logger"

module KarafkaNative
  module CommandLine
    module Doctor
      # The driver's clients with the examined options, and their errors.
      class Clients
        # Removed, because they would fence the application's clients, join its groups, commit for it, or be noise.
        LEFT_OUT = %w[
          debug group.id group.instance.id group.protocol group.remote.assignor statistics.interval.ms
          transactional.id
        ].freeze
        # A consumer needs a group. This one is never joined.
        GROUP = "karafka-native-doctor"
        ALWAYS = {
          "allow.auto.create.topics" => "false", "enable.auto.commit" => "false", "fetch.wait.max.ms" => "10"
        }.freeze
        # Aliases of options that are always set here.
        OTHER_NAMES = {
          "message.timeout.ms" => "delivery.timeout.ms", "linger.ms" => "queue.buffering.max.ms"
        }.freeze
        CLOSING_SECONDS = 0.5
        STATISTICS_MS = 200
        private_constant :CLOSING_SECONDS, :STATISTICS_MS, :LEFT_OUT, :GROUP, :ALWAYS, :OTHER_NAMES

        # @return [Thread::Queue<Rdkafka::RdkafkaError>] errors of all clients
        attr_reader :errors

        # @param options [Options]
        def initialize(options)
          @options = options
          @errors = Thread::Queue.new
          @statistics = {}
          @made = {}
        end

        # Collects the driver's errors here, and silences its log, for the rest of the process.
        #
        # @return [void]
        def listen
          Rdkafka::Config.error_callback = ->(error) { @errors << error }
          Rdkafka::Config.statistics_callback = ->(statistics) { @statistics[statistics["name"]] = statistics }
          Rdkafka::Config.logger = Logger.new(IO::NULL)
        end

        # The brokers that the admin client has learnt of, even if none of them answers.
        #
        # @return [Hash{Settings::Server => Integer}] their ids by address
        def known_brokers
          brokers = @statistics.dig(admin.name, "brokers") || {}
          told = brokers.values.reject { |broker| broker["nodeid"].negative? }
          told.to_h do |broker|
            host, _, port = broker["nodename"].rpartition(":")
            [Settings::Server.new(host.delete("[]"), port.to_i), broker["nodeid"]]
          end
        end

        # @return [Rdkafka::Admin]
        def admin
          @made[:admin] ||= config("statistics.interval.ms" => STATISTICS_MS.to_s).admin
        end

        # @return [Rdkafka::Producer] one whose messages time out like everything else here
        def producer
          @made[:producer] ||= config("message.timeout.ms" => @options.timeout_ms.to_s, "linger.ms" => "0").producer
        end

        # @param group [String] a group to ask about, without joining it
        # @return [Rdkafka::Consumer]
        def consumer(group = GROUP)
          @made[[:consumer, group]] ||= config("group.id" => group, **ALWAYS).consumer
        end

        # @return [void]
        def close
          # A request that is never answered keeps its client open; process exit closes it.
          closing = @made.values.map { |client| Thread.new { client.close } }
          closing.each { |thread| thread.join(CLOSING_SECONDS) || thread.kill.join }
        end

        private

        def config(others = {})
          kept = @options.settings.to_h.except(*LEFT_OUT)
          OTHER_NAMES.each { |name, other| kept.delete(other) if others.key?(name) }
          Rdkafka::Config.new(kept.merge(others))
        end
      end
    end
  end
end
