# frozen_string_literal: true

module KarafkaNative
  module CommandLine
    module Doctor
      module Steps
        # Whether the servers' names resolve.
        class Names < Step
          step "name", needs: %w[driver]

          private

          def examine
            return skipped("not tried, see options") if settings.servers.empty?

            names = settings.servers.map(&:host).uniq
            resolved = at_once(names) { |name| addresses(name) }.select { |name, answer| tell(name, answer) }
            servers = settings.servers.select { |server| resolved.key?(server.host) }
            found(servers) if servers.any?
          end

          def addresses(name)
            in_time { Addrinfo.getaddrinfo(name, nil, nil, :STREAM).map(&:ip_address).uniq }
          end

          def tell(name, answer)
            if answer.is_a?(Array)
              ok("#{name}: #{answer.join(", ")}")
              return true
            end
            failed("#{name} has no address: #{quote(answer)}",
              "Is it spelt right in bootstrap.servers, and does this machine's DNS know it?")
            false
          end
        end
      end
    end
  end
end
