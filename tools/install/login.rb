# frozen_string_literal: true

# Whether the installed gem logs in at a real Kafka over TLS by each mechanism, and sends and receives a message of each
# compression there:
#
#   ruby tools/install/login.rb "$(bin/kafka bootstrap --listener sasl_ssl)" tmp/kafka/ssl/ca.pem
require "rdkafka"
require "securerandom"
require_relative "../../spec/support/token_server"

ADDRESSES, AUTHORITY = ARGV
TOPIC = "login-#{SecureRandom.hex(4)}".freeze
PATIENCE = 30 # seconds
Rdkafka::Config.logger = Logger.new(nil)

def options(mechanism, login)
  { "bootstrap.servers": ADDRESSES, "security.protocol": "sasl_ssl", "ssl.ca.location": AUTHORITY,
    "sasl.mechanisms": mechanism, **login }
end

def send_message(payload, options)
  producer = Rdkafka::Config.new(options).producer
  producer.produce(topic: TOPIC, payload:).wait(max_wait_timeout_ms: PATIENCE * 1000)
ensure
  producer&.close
end

def payload_at(report, options)
  consumer = Rdkafka::Config.new("group.id": "login", **options).consumer
  place = Rdkafka::Consumer::TopicPartitionList.new
  place.add_topic_and_partitions_with_offsets(TOPIC, report.partition => report.offset)
  consumer.assign(place)
  consumer.poll(PATIENCE * 1000)&.payload
ensure
  consumer&.close
end

def try(mechanism, login, codec)
  payload = codec * 1000
  options = options(mechanism, login)
  report = send_message(payload, "compression.codec": codec, **options)
  abort "#{mechanism}, #{codec}: another payload" unless payload_at(report, options) == payload
  puts "#{mechanism}, #{codec}: yes"
rescue Rdkafka::RdkafkaError => e
  abort "#{mechanism}, #{codec}: #{e.message}"
end

tokens = TokenServer.new("alice", "sesame")
password = { "sasl.username": "alice", "sasl.password": "alice-secret" }
try("PLAIN", password, "gzip")
try("SCRAM-SHA-256", password, "snappy")
try("SCRAM-SHA-512", password, "lz4")
try("OAUTHBEARER", { "sasl.oauthbearer.method": "oidc", "sasl.oauthbearer.client.id": "alice",
                     "sasl.oauthbearer.client.secret": "sesame",
                     "sasl.oauthbearer.token.endpoint.url": tokens.url }, "zstd")
tokens.close
