# frozen_string_literal: true

require_relative "cluster"

class KafkaCluster
  # Gives the specs in spec/kafka, spec/karafka and spec/conformance their cluster: the one that is running, else one of
  # three brokers that ends with the run.
  module ForSpecs
    class << self
      attr_accessor :mine
    end

    def kafka
      return KafkaCluster.start if KafkaCluster.running

      ForSpecs.mine = KafkaCluster.start(brokers: 3, sasl: true, ssl: true, acl: true)
    end
  end
end

RSpec.configure do |config|
  config.include KafkaCluster::ForSpecs, file_path: %r{/spec/(conformance|kafka|karafka)/}
  config.after(:suite) { KafkaCluster::ForSpecs.mine&.stop }
end
