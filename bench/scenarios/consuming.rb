# frozen_string_literal: true

# Connecting and the first fetch are not measured.
first_message = ->(client) { nil until client.poll(1_000) }

Scenario.add "poll", place: 3, filled: true, goals: { ffi: 6, python: 1.3, raw: 0.5 }, raw: %w[poll],
  python: %w[poll] do
  client = consumer
  first_message.call(client)
  measure(messages - 1) { client.poll(1_000) ? 1 : 0 }
end

Scenario.add "poll, 3 headers read", place: 3, filled: true, headers: 3, goals: { ffi: 6 } do
  client = consumer
  first_message.call(client)
  measure(messages - 1) { client.poll(1_000)&.headers ? 1 : 0 }
end

# The FFI driver waits until a batch is full, so a long timeout would only measure the last one.
Scenario.add "poll_batch of 500, payload read", place: 3, filled: true, goals: { ffi: 8, python: 1.3, raw: 0.75 },
  raw: %w[batch], python: %w[batch] do
  client = consumer
  first_message.call(client)
  size = 0
  measure(messages - 1) { client.poll_batch(10, max_items: 500).each { |message| size += message.payload.size }.size }
end
