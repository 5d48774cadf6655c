# frozen_string_literal: true

module KarafkaNative
  module CommandLine
    module Doctor
      module Steps
        # Whether the servers accept connections.
        class Connections < Step
          step "tcp", needs: %w[name]

          private

          def examine
            connected = at_once(facts.fetch("name")) { |server| connect(server) }.select do |server, answer|
              tell(server, answer)
            end
            found(connected.keys) if connected.any?
          end

          def connect(server)
            started = monotonic_now
            in_time { Socket.tcp(server.host, server.port).close }
            (monotonic_now - started) * 1000
          end

          def tell(server, answer)
            if answer.is_a?(Float)
              ok("#{server} accepts connections (#{answer.round(1)} ms)")
              return true
            end
            failed("#{server}: #{quote(answer)}", advice(answer))
            false
          end

          def advice(error)
            case error
            when Errno::ECONNREFUSED then "Nobody listens there: is the port right, and the broker running?"
            when Timeout::Error then "A firewall may keep this machine out, or the address belongs to nobody."
            else "Can this machine reach that network?"
            end
          end
        end
      end
    end
  end
end
