# frozen_string_literal: true

module KarafkaNative
  module CommandLine
    module Doctor
      module Steps
        # Whether the servers speak Kafka's protocol, and which requests they know. They tell without a login.
        class Protocol < Step
          step "kafka", needs: %w[tls]

          NEW_GROUPS = 68
          SHARE_GROUPS = 78
          private_constant :NEW_GROUPS, :SHARE_GROUPS

          private

          def examine
            answers = at_once(facts.fetch("tls")) { |server| with_channel(server, &:api_versions) }
            talking = answers.select { |server, answer| tell(server, answer) }
            found(talking.keys) if talking.any?
          end

          def tell(server, answer)
            if answer.is_a?(Hash)
              ok("#{server} knows #{answer.size} types of requests#{extras(answer)}")
              return true
            end
            failed("#{server}: #{quote(answer)}", advice(answer))
            false
          end

          def extras(versions)
            groups = { "new" => NEW_GROUPS, "share" => SHARE_GROUPS }.select { |_, type| versions.key?(type) }.keys
            ", #{groups.join(" and ")} consumer groups among them" if groups.any?
          end

          def advice(error)
            if error.is_a?(Channel::Foreign) && error.bytes.start_with?("\x15\x03".b)
              "It speaks TLS: security.protocol has to be ssl or sasl_ssl."
            elsif error.is_a?(Channel::Foreign)
              "Something else than Kafka is there: is the port right?"
            elsif settings.tls?
              "It may want a certificate of the client (ssl.certificate.location, ssl.key.location); its log says so."
            else
              "It may speak TLS (security.protocol ssl or sasl_ssl), or be something else than Kafka."
            end
          end
        end
      end
    end
  end
end
