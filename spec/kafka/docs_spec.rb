# frozen_string_literal: true

require "json"
require "net/http"
require_relative "../../tools/kafka/rspec"
require_relative "../support/page_runner"

# The Ruby code of the documentation that needs real brokers.
RSpec.describe "Code of the documentation, on a real cluster" do
  include PageRunner

  let(:topic) { unique_name("orders") }
  let(:provider) { closing(TokenServer.new("alice", "alice-secret")) }
  # A page has the addresses and names that a reader would recognise.
  let(:replacements) do
    found = { "localhost:9092" => kafka.bootstrap, "orders" => topic.tr("-", "_") }
    found["kafka.example.com:9094"] = kafka.bootstrap("ssl") if kafka.options[:ssl]
    found["kafka.example.com:9092"] = kafka.bootstrap("sasl") if kafka.options[:sasl]
    found["kafka.example.com:9096"] = kafka.bootstrap("sasl_ssl") if kafka.options[:sasl] && kafka.options[:ssl]
    found.merge("/etc/kafka/" => "#{kafka.ssl_directory}/", "https://login.example.com/token" => provider.url)
  end
  # The authorities that everybody trusts are, here, the one of the cluster.
  let(:environment) do
    { "SSL_CERT_FILE" => File.join(kafka.ssl_directory, "ca.pem"), "KAFKA_USERNAME" => "alice",
      "KAFKA_PASSWORD" => "alice-secret",
      **%w[ca client].to_h { |name| ["KAFKA_#{name.upcase}_PEM", pem("#{name}.pem")] },
      "KAFKA_CLIENT_KEY" => pem("client.key") }.compact
  end
  let(:admin_client) { closing(config("bootstrap.servers": kafka.bootstrap).admin) }

  before { create_topic(admin_client, topic.tr("-", "_")) }

  after { admin_client.delete_topic(topic.tr("-", "_")).wait }

  def pem(name)
    path = File.join(kafka.ssl_directory, name)
    File.read(path) if File.exist?(path)
  end

  Pages.blocks("ruby").each do |block|
    next unless block.needs.first == "kafka" && !block.notes.key?("not run")

    it "works at #{block.place}", kafka: block.needs.drop(1).map(&:to_sym) do
      expect(failure_of(block, replacements: replacements, environment: environment)).to be_nil
    end
  end
end
