# frozen_string_literal: true

module KarafkaNative
  module CommandLine
    module Doctor
      module Steps
        # A group's lag. Does not join the group.
        class Group < Step
          step "group", needs: %w[login]

          private

          def examine
            return skipped("skipped; pass --group NAME to check one") unless options.group

            state = state()
            reader = clients.consumer(options.group)
            committed = committed(reader)
            if committed.empty?
              return skipped("#{options.group} has committed nothing#{" in #{options.topic}" if options.topic}")
            end

            lags = lags(reader, committed)
            shown = lags.map { |topic, lag| "#{topic} #{lag}" }.join(", ")
            ok("#{options.group}: #{state}lag #{lags.values.sum} (#{shown})")
          rescue Rdkafka::RdkafkaError => e
            failed("#{options.group}: #{quote(e)}", advice(e))
          end

          # Also says why access to a group is denied, where a consumer only gets no answer.
          def state
            handle = clients.admin.describe_consumer_groups([options.group])
            group = handle.wait(max_wait_timeout_ms: options.timeout_ms).groups.first
            raise group[:error] if group[:error]

            "#{group[:state_name]}, members: #{group[:members].size}, "
          rescue Rdkafka::RdkafkaError => e
            # A development broker knows no such request.
            raise unless e.code == :unsupported_feature
          end

          # For the topic, or for all topics that the user sees.
          def partitions
            list = Rdkafka::Consumer::TopicPartitionList.new
            facts.fetch("login").topics.each do |topic|
              next if options.topic && topic[:topic_name] != options.topic

              list.add_topic(topic[:topic_name], topic[:partition_count])
            end
            list
          end

          def committed(reader)
            known = reader.committed(partitions, options.timeout_ms).to_h.transform_values do |list|
              list.reject { |partition| partition.offset.nil? || partition.offset.negative? }
            end
            known.reject { |_, list| list.empty? }
          end

          def lags(reader, committed)
            list = Rdkafka::Consumer::TopicPartitionList.new
            committed.each do |topic, known|
              offsets = known.to_h { |partition| [partition.partition, partition.offset] }
              list.add_topic_and_partitions_with_offsets(topic, offsets)
            end
            reader.lag(list, options.timeout_ms).transform_values { |lags| lags.values.sum }
          end

          def advice(error)
            case error.code
            when :group_authorization_failed then "The user needs an ACL that allows READ, or DESCRIBE, on this group."
            else "Can the coordinator of the group be reached (see listener)?"
            end
          end
        end
      end
    end
  end
end
