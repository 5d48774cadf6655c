# frozen_string_literal: true

module KarafkaNative
  module CommandLine
    module Doctor
      module Steps
        # Whether the addresses that brokers advertise can be reached: those in bootstrap.servers are only used for the
        # first contact.
        class Listeners < Step
          step "listener"

          ADVICE = "Clients go there after the first contact: this machine has to reach what advertised.listeners says."
          private_constant :ADVICE

          private

          def examine
            servers = facts["brokers"] or return skipped("not tried, see login")

            at_once(servers.keys) { |server| reach(server) }.each do |server, answer|
              tell(server, servers.fetch(server), answer)
            end
          end

          # @return [Boolean] whether the certificate has the name, if required
          def reach(server)
            trust = Trust.new(settings)
            with_channel(server) do |channel|
              next true unless settings.tls? && trust.verifies? && trust.verifies_names?

              OpenSSL::SSL.verify_certificate_identity(channel.socket.peer_cert, server.host)
            end
          end

          def tell(server, id, answer)
            advertised = "broker #{id} advertises #{server}"
            case answer
            when true then ok("#{advertised}, which can be reached")
            when false then failed("#{advertised}, which is not in its certificate", "The certificate needs that name.")
            else failed("#{advertised}, which cannot be reached: #{quote(answer)}", ADVICE)
            end
          end
        end
      end
    end
  end
end
