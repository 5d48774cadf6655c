# frozen_string_literal: true

module KarafkaNative
  module CommandLine
    module Doctor
      module Steps
        # Whether a topic exists, with leaders and all its replicas.
        class Topic < Step
          step "topic", needs: %w[login]

          private

          def examine
            return skipped("skipped; pass --topic NAME to check one") unless options.topic

            known = facts.fetch("login").topics.find { |topic| topic[:topic_name] == options.topic }
            # Asked for by name, brokers say what is wrong.
            known ||= clients.consumer.metadata(options.topic, options.timeout_ms).topics.first
            partitions = known[:partitions]
            found(partitions.map { |partition| partition[:partition_id] })
            examine_partitions(partitions)
          rescue Rdkafka::RdkafkaError => e
            failed("#{options.topic}: #{quote(e)}", advice(e))
          end

          def examine_partitions(partitions)
            leaderless = partitions.select { |partition| partition[:leader].negative? }
            lagging = partitions.select { |partition| partition[:in_sync_replica_brokers] < partition[:replica_count] }
            if leaderless.any?
              failed("#{options.topic}: no leader for #{list(leaderless)}",
                "Are the brokers with its replicas running?")
            end
            if lagging.any?
              failed("#{options.topic}: replicas missing or lagging in #{list(lagging)}",
                "Are all brokers running, and do they keep up? Until then acks=all may be refused.")
            end
            return if leaderless.any? || lagging.any?

            ok("#{options.topic}: #{list(partitions)}, all with leaders and with all their replicas in sync")
          end

          def list(partitions)
            numbers = partitions.map { |partition| partition[:partition_id] }.sort
            "partition#{"s" if numbers.size > 1} #{numbers.first(10).join(", ")}#{", ..." if numbers.size > 10}"
          end

          def advice(error)
            case error.code
            when :unknown_topic_or_part, :unknown_topic, :unknown_partition
              "#{"Is #{near} meant? If not: " if near}Create it, for example with karafka topics migrate."
            when :topic_authorization_failed then "The user needs an ACL that allows DESCRIBE; READ and WRITE do, too."
            else "Ask again later."
            end
          end

          def near
            require "did_you_mean"
            names = facts.fetch("login").topics.map { |topic| topic[:topic_name] }
            DidYouMean::SpellChecker.new(dictionary: names).correct(options.topic).first
          end
        end
      end
    end
  end
end
