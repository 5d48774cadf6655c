# frozen_string_literal: true

# Runs a block of code of the documentation: file, place and what is replaced in it are given in the environment.
# Blocks may use the clients of this file without making them.

require "rdkafka"
require "json"
require "logger"

$stdout.sync = true
$LOAD_PATH << File.join(__dir__, "stand_ins")
Rdkafka::Config.logger = Logger.new($stderr)

# What a page says, and what stands for it here.
REPLACEMENTS = JSON.parse(ENV.fetch("KN_REPLACEMENTS", "{}"))

unless REPLACEMENTS.key?("localhost:9092")
  CLUSTER = KarafkaNative::MockCluster.new(brokers: 1)
  CLUSTER.create_topic("orders")
  REPLACEMENTS["localhost:9092"] = CLUSTER.bootstrap_servers
end

# The clients that pages speak of.
module PageClients
  def config(**)
    servers = REPLACEMENTS.fetch("localhost:9092")
    Rdkafka::Config.new("bootstrap.servers": servers, "group.id": "shop", "auto.offset.reset": "earliest", **)
  end

  def producer = @producer ||= config.producer
  def consumer = @consumer ||= config.consumer.tap { |consumer| consumer.subscribe(TOPIC) }
  def admin = @admin ||= config.admin

  # Something to consume.
  def fill(*payloads) = payloads.each { |payload| producer.produce(topic: TOPIC, payload: payload).wait }

  def message
    fill("1")
    @message ||= consumer.poll(100) until @message
    @message
  end
end

def replaced(text) = REPLACEMENTS.inject(text) { |result, (from, to)| result.gsub(from, to) }

TOPIC = replaced("orders")
TOPLEVEL_BINDING.receiver.extend(PageClients)
eval(replaced(ENV.fetch("KN_BEFORE", "")), TOPLEVEL_BINDING) # rubocop:disable Security/Eval
eval(replaced(ENV.fetch("KN_CODE")), TOPLEVEL_BINDING, ENV.fetch("KN_PAGE"), Integer(ENV.fetch("KN_LINE"))) # rubocop:disable Security/Eval
