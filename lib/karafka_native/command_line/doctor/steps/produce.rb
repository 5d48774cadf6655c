# frozen_string_literal: true

require "securerandom"

module KarafkaNative
  module CommandLine
    module Doctor
      module Steps
        # Whether this user may write to the topic. Writes a message.
        class Produce < Step
          step "produce", needs: %w[topic]

          # A written message, with the time of writing.
          Written = Data.define(:partition, :offset, :payload, :timestamp, :at)

          private

          def examine
            payload = "written by karafka-native doctor, #{SecureRandom.hex(8)}"
            timestamp = Process.clock_gettime(Process::CLOCK_REALTIME, :millisecond)
            started = monotonic_now
            report = clients.producer
              .produce(topic: options.topic, key: "karafka-native doctor", payload: payload, timestamp: timestamp)
              .wait(max_wait_timeout_ms: options.timeout_ms + 1_000)
            took = ((monotonic_now - started) * 1000).round(1)
            found(Written.new(report.partition, report.offset, payload, timestamp, started))
            place = "partition #{report.partition}, offset #{report.offset}"
            ok("wrote a message to #{options.topic}, #{place}, in #{took} ms")
          rescue Rdkafka::RdkafkaError, Rdkafka::AbstractHandle::WaitTimeoutError => e
            failed("#{options.topic}: #{quote(e)}", advice(e))
          end

          def advice(error)
            code = error.code if error.respond_to?(:code)
            case code
            when :topic_authorization_failed then "The user needs an ACL that allows WRITE on this topic."
            when :cluster_authorization_failed then "The user needs an ACL that allows IDEMPOTENT_WRITE on the cluster."
            when :invalid_timestamp then "The clocks of this machine and the broker are far apart."
            when :not_enough_replicas, :not_enough_replicas_after_append
              "Too few replicas are in sync for acks=all. Are all brokers running?"
            else "Can the leaders of this topic be reached (see listener)?"
            end
          end
        end
      end
    end
  end
end
