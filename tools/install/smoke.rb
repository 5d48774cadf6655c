# frozen_string_literal: true

# Whether the installed gem works: a message of each compression through an embedded cluster, and the mechanisms that it
# has to know. Run it where nothing but Ruby and the gem is: ruby tools/install/smoke.rb
require "rdkafka"

Rdkafka::Config.logger = Logger.new(nil)
features = Rdkafka::Config.new.describe_properties.fetch(:"builtin.features").split(",")
absent = %w[gzip snappy lz4 zstd ssl sasl_gssapi sasl_plain sasl_scram sasl_oauthbearer oidc] - features
abort "built without #{absent.join(", ")}" if absent.any?

KarafkaNative::MockCluster.new do |cluster|
  cluster.create_topic("smoke")
  consumer = Rdkafka::Config.new("bootstrap.servers": cluster.bootstrap_servers, "group.id": "smoke",
    "auto.offset.reset": "earliest").consumer
  consumer.subscribe("smoke")
  %w[none gzip snappy lz4 zstd].each do |codec|
    producer = Rdkafka::Config.new("bootstrap.servers": cluster.bootstrap_servers, "compression.codec": codec).producer
    producer.produce(topic: "smoke", payload: codec * 1000).wait
    producer.close
    message = consumer.poll(10_000) until message
    abort "#{codec}: another payload" unless message.payload == codec * 1000
  end
  consumer.close
end
puts "karafka-native #{KarafkaNative::VERSION} works: librdkafka #{Rdkafka::LIBRDKAFKA_VERSION}, Ruby #{RUBY_VERSION}"
