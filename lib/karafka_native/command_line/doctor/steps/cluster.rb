# frozen_string_literal: true

module KarafkaNative
  module CommandLine
    module Doctor
      module Steps
        # Identifies the cluster.
        class Cluster < Step
          step "cluster", needs: %w[login]

          private

          def examine
            metadata = facts.fetch("login")
            id = clients.consumer.cluster_id(options.timeout_ms) || "without an id"
            ok("#{id}, brokers: #{metadata.brokers.size}, topics that this user sees: #{metadata.topics.size}")
            found(metadata)
          end
        end
      end
    end
  end
end
