# frozen_string_literal: true

Scenario.add "list of 10,000 partitions to native and back", place: 6, share: 0.001, goals: { ffi: 10 } do
  client = config(**Workbench::CONSUMER).consumer
  partitions = list(10_000)
  client.position(partitions)
  measure(messages) do
    client.position(partitions)
    1
  end
end
