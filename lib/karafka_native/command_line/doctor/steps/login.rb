# frozen_string_literal: true

module KarafkaNative
  module CommandLine
    module Doctor
      module Steps
        # Whether the driver can log in. Later steps use its metadata of the cluster.
        class Login < Step
          step "login", needs: %w[options kafka]

          # Further attempts would fail in the same way.
          FINAL = %i[authentication illegal_sasl_state sasl_authentication_failed unsupported_sasl_mechanism].freeze
          private_constant :FINAL

          private

          def examine
            return skipped("tokens come from the application, which this command does not have") if tokens_by_callback?

            answer = ask
            return refused(answer) unless answer.is_a?(Rdkafka::Metadata)

            found(answer)
            found(answer.brokers.to_h { |broker| [server(broker), broker[:broker_id]] }, "brokers")
            return ok("#{settings.mechanism} lets this user in") if settings.sasl?

            skipped("not used, as security.protocol is #{settings.protocol}")
          end

          def tokens_by_callback?
            settings.sasl? && settings.mechanism == "OAUTHBEARER" && settings["sasl.oauthbearer.method"] != "oidc" &&
              settings["enable.sasl.oauthbearer.unsecure.jwt"] != "true"
          end

          # The answer, or the most specific error.
          def ask
            deadline = monotonic_now + seconds
            asking = Thread.new { answer }
            worst = nil
            while (event = clients.errors.pop(timeout: [deadline - monotonic_now, 0].max))
              return event if event.is_a?(Rdkafka::Metadata)
              next if foreign?(event)
              return event if FINAL.include?(event.code)

              worst = event unless worst && vague?(event)
            end
            worst
          ensure
            asking&.kill
          end

          # The process may have other clients.
          def foreign?(error)
            ![nil, clients.admin.name].include?(error.instance_name)
          end

          # A timeout, or all brokers being down, says less than the reason.
          def vague?(error)
            error.broker_message.nil? || error.code == :all_brokers_down
          end

          def answer
            clients.errors << clients.admin.metadata(nil, options.timeout_ms)
          rescue Rdkafka::RdkafkaError => e
            clients.errors << e << nil # no more errors will come
          end

          def server(broker)
            Settings::Server.new(broker[:broker_name], broker[:broker_port])
          end

          def refused(error)
            # A client that has learnt of brokers was let in, but may be asking one that it cannot reach.
            if !FINAL.include?(error&.code) && (brokers = clients.known_brokers).any?
              found(brokers, "brokers")
              return skipped("let in, but brokers do not answer: see listener")
            end

            text = error ? quote(error) : "no answer within #{seconds} s"
            failed(text, advice(error))
          end

          def advice(error)
            case error&.code
            when :authentication, :sasl_authentication_failed
              "Are sasl.username and sasl.password right, and does this listener offer #{settings.mechanism}?"
            when :illegal_sasl_state, :unsupported_sasl_mechanism
              "Does this listener want a login with #{settings.mechanism}?"
            else
              "Is security.protocol (#{settings.protocol}) that of the broker's listener at this port?"
            end
          end
        end
      end
    end
  end
end
