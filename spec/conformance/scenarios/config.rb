# frozen_string_literal: true

# Options and the making of clients, without a broker.

config_class = Rdkafka::Config

scenario "the constants" do
  [config_class::DEFAULT_CONFIG, config_class::REQUIRED_CONFIG]
end

scenario "what the error classes are" do
  [config_class::ConfigError, config_class::ClientCreationError, config_class::NoLoggerError].map do |error|
    error.ancestors.take_while { |ancestor| ancestor != StandardError }
  end
end

[nil, "a=b", 3, [], [[:"client.id", "x"]]].each do |given|
  scenario "a configuration made of #{given.inspect}" do
    refusal { config_class.new(given) }
  end
end

scenario "reading and writing options" do
  made = config_class.new("client.id": "a", "group.id" => "g")
  made[:acks] = 1
  made["client.id"] = "b"
  [made[:"client.id"], made["client.id"], made["group.id"], made[:"group.id"], made[:acks], made["acks"], made[nil]]
end

scenario "a configuration copies its Hash" do
  options = { "client.id": "a" }
  made = config_class.new(options)
  options[:"client.id"] = "b"
  made[:other] = "c"
  [made[:"client.id"], options]
end

{
  "an unknown option" => { "no.such.option": 1 },
  "an option without a value" => { "client.id": nil },
  "an option without a name" => { nil => "x" },
  "an option with an empty name" => { "" => "x" },
  "an empty value" => { "client.id": "" },
  "a number out of range" => { "session.timeout.ms": -5 },
  "a number that is none" => { "session.timeout.ms": "soon" },
  "a word that is none of those" => { "compression.type": "best" },
  "a boolean that is none" => { "enable.idempotence": "maybe" },
  "a read only option" => { builtin_features: "x" },
  "a callback as an option" => { error_cb: "x" },
  "a deprecated option" => { "metadata.request.timeout.ms": 5 },
  "debug contexts of which one is unknown" => { debug: "all,everything" },
  "a text that is not ASCII" => { "client.id": "é" },
  "an option named in other letters" => { "Client.Id": "a" },
  "an option with spaces" => { " client.id ": "a" },
  "a topic option" => { "request.required.acks": 7_000_000 },
  "the option of a plugin that is not there" => { "plugin.library.paths": "nothere" }
}.each do |what, options|
  scenario "validating #{what}" do
    refused = attempt { config_class.new(options).send(:native_config) }
    refused.is_a?(Exception) ? refused : :accepted
  end
end

scenario "an option with an embedded NUL" do
  refusal { config_class.new("client.id": "a\0b").send(:native_config) }
end

scenario "values that are no text" do
  made = config_class.new(acks: 1, "enable.idempotence": false, "linger.ms": 0.5, "compression.type": :gzip)
  made.describe_properties
    .slice(:"request.required.acks", :acks, :"enable.idempotence", :"linger.ms", :"compression.type",
      :"queue.buffering.max.ms", :"compression.codec")
end

scenario "both forms of an option: the later one holds" do
  [
    { "client.id": "symbol", "client.id" => "string" }, { "client.id" => "string", "client.id": "symbol" }
  ].map { |options| config_class.new(options).describe_properties[:"client.id"] }
end

scenario "log.queue cannot be switched off" do
  [{ "log.queue": false }, { "log.queue" => false }].map do |options|
    config_class.new(options).describe_properties[:"log.queue"]
  end
end

scenario "all properties" do
  own = %i[client.software.name client.software.version]
  config_class.new("bootstrap.servers": "a:1", "sasl.password": "s", "client.id": "é").describe_properties.except(*own)
    .to_h { |name, value| [name, name.end_with?("_cb", "opaque") ? value.class : value] }
end

scenario "the properties of a refused configuration" do
  attempt { config_class.new("no.such.option": 1).describe_properties }
end

scenario "the properties name the client software" do
  config_class.new.describe_properties.slice(:"client.software.name", :"client.software.version")
end

%i[consumer producer admin].each do |kind|
  scenario "a #{kind} with an unknown option" do
    attempt { config_class.new("no.such.option": 1).public_send(kind) }
  end

  scenario "a #{kind} that librdkafka refuses" do
    attempt { config_class.new("security.protocol": "ssl", "ssl.ca.location": "/nowhere/ca.pem").public_send(kind) }
  end

  scenario "a #{kind} without brokers" do
    opened(config_class.new.public_send(kind)).class
  end

  scenario "the name of a #{kind}" do
    made = opened(config("client.id": "mine").public_send(kind))
    [made.name, made.name.equal?(made.name), made.closed?]
  end

  scenario "a #{kind} that is not started yet" do
    made = opened(config.public_send(kind, native_kafka_auto_start: false))
    [made.closed?, made.start, made.name, made.close, made.closed?].values_at(0, 2, 4)
  end
end

scenario "a consumer without a group" do
  opened(config.consumer).class
end

scenario "idempotence that does not go with acks" do
  attempt { config("enable.idempotence": true, acks: 1).producer }
end

scenario "transactions that do not go with no idempotence" do
  attempt { config("transactional.id": "t", "enable.idempotence": false).producer }
end

scenario "a heartbeat that does not go with the session" do
  attempt { config("group.id": "g", "max.poll.interval.ms": 1_000, "session.timeout.ms": 5_000).consumer }
end

scenario "a partition assignment strategy that is none" do
  attempt { config("group.id": "g", "partition.assignment.strategy": "best").consumer }
end

scenario "SASL without a mechanism that is known" do
  attempt { config("security.protocol": "sasl_plaintext", "sasl.mechanisms": "BEST").consumer }
end

[[:logger=, nil], [:statistics_callback=, "x"], [:error_callback=, 1],
 %i[oauthbearer_token_refresh_callback= x]].each do |writer, value|
  scenario "Config.#{writer} #{value.inspect}" do
    attempt { config_class.public_send(writer, value) }
  end
end

%i[statistics_callback error_callback oauthbearer_token_refresh_callback].each do |name|
  scenario "Config.#{name} takes what can be called, and nil" do
    callable = Class.new { def call(*) = nil }.new
    block = ->(*) {}
    before = config_class.public_send(name)
    [block, callable, method(:puts), nil].map do |callback|
      config_class.public_send(:"#{name}=", callback)
      config_class.public_send(name).equal?(callback)
    end << before
  end
end

scenario "Config.partitioner_key_uses_bytesize keeps what it is given" do
  before = config_class.partitioner_key_uses_bytesize
  [true, nil, "yes", 0].map do |value|
    config_class.partitioner_key_uses_bytesize = value
    config_class.partitioner_key_uses_bytesize
  end << before
end

{
  "false" => false, "true" => true, "as text" => "false", "f" => "f", "1" => 1
}.each do |what, value|
  scenario "the statistics filter, #{what}" do
    config_class.new("statistics.unassigned.include": value).describe_properties[:"statistics.unassigned.include"]
  end
end

scenario "the statistics filter, neither true nor false" do
  attempt { config_class.new("statistics.unassigned.include": "perhaps").send(:native_config) }
end

scenario "the statistics filter by default" do
  config_class.new.describe_properties[:"statistics.unassigned.include"]
end

scenario "the methods of a configuration" do
  signatures(config_class, :initialize, :[]=, :[], :consumer_rebalance_listener=, :consumer_poll_set=, :consumer,
    :producer, :admin, :describe_properties, :native_config) +
    signatures(config_class.singleton_class, :logger, :logger=, :log_queue, :ensure_log_thread, :statistics_callback,
      :statistics_callback=, :error_callback, :error_callback=, :oauthbearer_token_refresh_callback,
      :oauthbearer_token_refresh_callback=, :partitioner_key_uses_bytesize, :partitioner_key_uses_bytesize=, :opaques)
end

scenario "which methods only write" do
  made = config_class.new
  %i[consumer_rebalance_listener consumer_poll_set].map { |name| made.respond_to?(name) }
end
