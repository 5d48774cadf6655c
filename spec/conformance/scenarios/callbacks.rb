# frozen_string_literal: true

# Error and token callbacks. (Delivery callbacks and rebalance listeners have files of their own.)

# Options of a client that asks for tokens.
sasl = { "security.protocol": "sasl_plaintext", "sasl.mechanisms": "OAUTHBEARER" }

scenario "errors of a producer that finds no broker" do
  errors = Thread::Queue.new
  Rdkafka::Config.error_callback = ->(error) { errors << error }
  unreachable_producer
  got = []
  eventually { got << errors.pop(timeout: 1) and got.any? { |error| error&.code == :all_brokers_down } }
  got.uniq(&:code).sort_by(&:rdkafka_response).map { |error| [error, error.backtrace.class] }
end

scenario "errors of a consumer come with polling" do
  errors = []
  thread = Thread.current
  client = consumer("bootstrap.servers": "127.0.0.1:1")
  Rdkafka::Config.error_callback = ->(error) { errors << [error.code, error.instance_name, thread_kind(thread)] }
  eventually { client.poll(50) || errors.any? { |code,| code == :all_brokers_down } }
  errors.assoc(:all_brokers_down)
end

scenario "errors of a consumer with a queue for events" do
  errors = []
  client = consumer(poll_set: false, "bootstrap.servers": "127.0.0.1:1")
  Rdkafka::Config.error_callback = ->(error) { errors << error.code }
  10.times { client.poll(20) }
  while_polling = errors.dup
  eventually { client.events_poll(50) && errors.include?(:all_brokers_down) }
  while_polling
end

scenario "the thread of a producer's error callback" do
  kinds = Thread::Queue.new
  thread = Thread.current
  Rdkafka::Config.error_callback = ->(_) { kinds << thread_kind(thread) }
  unreachable_producer
  # The first one may be served while the client is made.
  eventually { kinds.pop == :polling }
end

scenario "an error callback that raises out of poll" do
  client = consumer("bootstrap.servers": "127.0.0.1:1")
  Rdkafka::Config.error_callback = ->(error) { raise ArgumentError, error.code.to_s }
  eventually { attempt { client.poll(50) } }.class
end

scenario "an error callback that is an object" do
  callback = Class.new do
    attr_reader :got

    def call(error) = @got = error.class
  end.new
  Rdkafka::Config.error_callback = callback
  unreachable_producer
  eventually { callback.got }
end

scenario "the native error callback, called without a client" do
  null = (defined?(FFI::Pointer) ? FFI : KarafkaNative::Internal::FFI)::Pointer::NULL
  got = []
  Rdkafka::Config.error_callback = ->(error) { got << [error.code, error.broker_message.b, error.instance_name] }
  Rdkafka::Bindings::ErrorCallback.call(null, -195, "boom", null)
  got
end

# --- Tokens

%i[producer consumer admin].each do |kind|
  scenario "a #{kind} asks for a token when it is made" do
    asked = []
    thread = Thread.current
    Rdkafka::Config.oauthbearer_token_refresh_callback = ->(*arguments) { asked << [*arguments, thread_kind(thread)] }
    made = opened(config("group.id": "g", "sasl.oauthbearer.config": "principal=me", **sasl).public_send(kind))
    [asked.first, asked.first[1] == made.name]
  end
end

scenario "a client without options for tokens" do
  asked = []
  Rdkafka::Config.oauthbearer_token_refresh_callback = ->(*arguments) { asked << arguments }
  producer(**sasl)
  producer
  asked
end

scenario "a client asks for a token when it is started" do
  asked = []
  Rdkafka::Config.oauthbearer_token_refresh_callback = ->(_, name) { asked << name }
  client = opened(config(**sasl).producer(native_kafka_auto_start: false))
  before = asked.size
  client.start
  [before, asked.size.positive?]
end

scenario "a token callback that raises lets no client be made" do
  Rdkafka::Config.oauthbearer_token_refresh_callback = ->(*) { raise ArgumentError, "no token" }
  %i[producer consumer admin].map { |kind| attempt { config("group.id": "g", **sasl).public_send(kind) } } <<
    Thread.list.map(&:name).grep(/native_kafka/)
end

scenario "setting tokens" do
  Rdkafka::Config.oauthbearer_token_refresh_callback = ->(*) {}
  client = producer(**sasl)
  future = (Time.now.to_i * 1_000) + 900_000
  plain = { token: "t", lifetime_ms: future, principal_name: "me" }
  {
    fine: client.oauthbearer_set_token(**plain),
    extended: client.oauthbearer_set_token(**plain, extensions: { "ext" => "value", other: "x" }),
    none: client.oauthbearer_set_token(**plain, extensions: {}),
    number: client.oauthbearer_set_token(**plain, extensions: { "ext" => 5 }),
    expired: client.oauthbearer_set_token(**plain, lifetime_ms: 1),
    bad_key: client.oauthbearer_set_token(**plain, extensions: { "1 x" => "value" }),
    empty: client.oauthbearer_set_token(**plain, token: ""),
    failure: client.oauthbearer_set_token_failure("no token today")
  }
end

scenario "setting tokens where none are used" do
  client = consumer
  [client.oauthbearer_set_token(token: "t", lifetime_ms: 1, principal_name: "me"),
   client.oauthbearer_set_token_failure("no")]
end

scenario "setting a token without all of it" do
  refusal { producer.oauthbearer_set_token(token: "t") }
end

scenario "the error of a token that failed" do
  errors = Thread::Queue.new
  Rdkafka::Config.error_callback = ->(error) { errors << error if error.code == :authentication }
  Rdkafka::Config.oauthbearer_token_refresh_callback = ->(*) {}
  client = producer(**sasl)
  client.oauthbearer_set_token_failure("no token today")
  errors.pop(timeout: 10)
end
