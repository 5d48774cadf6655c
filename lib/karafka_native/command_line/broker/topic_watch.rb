# frozen_string_literal: true

module KarafkaNative
  module CommandLine
    module Broker
      # Reports new topics. Requesting metadata of all topics creates none.
      class TopicWatch
        SECONDS = 0.5
        TIMEOUT_MS = 1_000
        private_constant :SECONDS, :TIMEOUT_MS

        # @param servers [String]
        # @yieldparam event [String] called on a thread of its own
        def initialize(servers, &tell)
          @client = Rdkafka::Config.new("bootstrap.servers": servers, "client.id": "karafka-native broker").admin
          @ended = Thread::Queue.new
          @thread = Thread.new { look(tell) }
        end

        # @return [void]
        def close
          @ended.close
          @thread.join
          @client.close
        end

        private

        def look(tell)
          known = {}
          until @ended.closed?
            partitions.each do |name, number|
              tell.call("topic #{name}, #{number} partitions") unless known.key?(name)
              known[name] = number
            end
            @ended.pop(timeout: SECONDS)
          end
        end

        def partitions
          @client.metadata(nil, TIMEOUT_MS).topics.to_h { |topic| topic.values_at(:topic_name, :partition_count) }
        rescue Rdkafka::RdkafkaError
          {}
        end
      end
    end
  end
end
