# frozen_string_literal: true

# Creating and deleting topics, where no broker answers. Each operation is waited for: the reference freezes when a
# client with a pending one is closed.

# What becomes of the operation, without its error.
ended = ->(handle) { handle.wait(max_wait_timeout_ms: 15_000, raise_response_error: false) }

scenario "topics that cannot be created" do
  client = admin("bootstrap.servers": "127.0.0.1:1", "socket.timeout.ms": 300)
  [
    ["t", -5, 1], ["t", 100_001, 1], ["t", 1, -2], ["t", 1, 10_001]
  ].map { |arguments| attempt { client.create_topic(*arguments) } }
end

scenario "topics with arguments of the wrong kind" do
  client = admin("bootstrap.servers": "127.0.0.1:1", "socket.timeout.ms": 300)
  [
    [nil, 1, 1], [:t, 1, 1], [5, 1, 1], ["t", nil, 1], ["t", "1", 1], ["t", 1, nil], ["t", 1, "1"]
  ].map { |arguments| refusal { client.create_topic(*arguments) } } +
    [nil, :t, 5].map { |name| refusal { client.delete_topic(name) } }
end

scenario "topics without all arguments" do
  client = admin("bootstrap.servers": "127.0.0.1:1", "socket.timeout.ms": 300)
  [refusal { client.create_topic("t") }, refusal { client.create_topic("t", 1) }, refusal { client.delete_topic }]
end

scenario "a handle before its answer" do
  client = admin("bootstrap.servers": "127.0.0.1:1", "socket.timeout.ms": 300)
  [-> { client.create_topic("t", 1, 1) }, -> { client.delete_topic("t") }].map do |operation|
    handle = operation.call
    [
      handle.class, handle.pending?, handle[:pending], handle[:response], handle.operation_name, handle.result,
      attempt { handle.wait(max_wait_timeout_ms: 0) }, refusal { handle[:other] }, ended.call(handle)
    ]
  end
end

scenario "no broker that answers" do
  client = admin("bootstrap.servers": "127.0.0.1:1", "socket.timeout.ms": 300)
  [client.create_topic("t", 1, 1), client.delete_topic("t")].map do |handle|
    [attempt { handle.wait(max_wait_timeout_ms: 15_000) }, handle.wait(raise_response_error: false), handle.pending?]
  end
end

scenario "the handles wait in the registry" do
  client = admin("bootstrap.servers": "127.0.0.1:1", "socket.timeout.ms": 300)
  handle = client.delete_topic("t")
  before = registered?(handle)
  attempt { handle.wait(max_wait_timeout_ms: 15_000) }
  [before, registered?(handle)]
end

scenario "a topic's options may be nil" do
  client = admin("bootstrap.servers": "127.0.0.1:1", "socket.timeout.ms": 300)
  [nil, {}, { "a" => nil, b: 1 }].map do |options|
    client.create_topic("t", 1, 1, options).then { |handle| [handle.class, ended.call(handle)] }
  end
end
