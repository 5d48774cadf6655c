# frozen_string_literal: true

module KarafkaNative
  module CommandLine
    module Doctor
      module Steps
        # Whether this user may read the topic, and how long a message takes. Joins no group.
        class Consume < Step
          step "consume", needs: %w[topic]

          # Seconds to wait for an error: a read is refused at once.
          LOOK_SECONDS = 1
          POLL_MS = 100
          private_constant :LOOK_SECONDS, :POLL_MS

          private

          def examine
            written = facts["produce"]
            written ? read_back(written) : look
          rescue Rdkafka::RdkafkaError => e
            failed("#{options.topic}: #{quote(e)}", advice(e))
          end

          def read_back(written)
            message = read(written.partition, written.offset, seconds) { |found| found.payload == written.payload.b }
            return failed("#{options.topic}: the message did not come within #{seconds} s", advice(nil)) unless message

            ok("read the message back, #{((monotonic_now - written.at) * 1000).round(1)} ms after it was sent")
            compare_clocks(written.timestamp, message)
          end

          # Some topics use the broker's time instead of the producer's.
          def compare_clocks(sent, message)
            stamped = (message.timestamp.to_r * 1000).round
            return if stamped == sent

            text = "the broker's timestamp is #{stamped - sent} ms after the time at which the message was sent"
            return ok(text, "clock") if (stamped - sent).abs <= Clock::TOLERATED_MS

            failed(text, "Set the clocks by NTP.", "clock")
          end

          def look
            read(facts.fetch("topic").first, Rdkafka::Bindings::RD_KAFKA_OFFSET_END, LOOK_SECONDS) { true }
            ok("#{options.topic} can be read")
          end

          # @return [Rdkafka::Consumer::Message, nil] the first that the block accepts
          def read(partition, offset, patience)
            # Finds the leader at once, where reading alone would take longer.
            clients.consumer.query_watermark_offsets(options.topic, partition, options.timeout_ms)
            list = Rdkafka::Consumer::TopicPartitionList.new
            list.add_topic_and_partitions_with_offsets(options.topic, { partition => offset })
            clients.consumer.assign(list)
            deadline = monotonic_now + patience
            while monotonic_now < deadline
              message = poll
              return message if message && yield(message)
            end
          end

          # Access to the group does not matter, because nothing is committed.
          def poll
            clients.consumer.poll(POLL_MS)
          rescue Rdkafka::RdkafkaError => e
            raise unless e.code == :group_authorization_failed
          end

          def advice(error)
            return "The user needs an ACL that allows READ on this topic." if error&.code == :topic_authorization_failed

            "Can the leader of this partition be reached (see listener)?"
          end
        end
      end
    end
  end
end
