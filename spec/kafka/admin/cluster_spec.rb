# frozen_string_literal: true

require_relative "../../../tools/kafka/rspec"

RSpec.describe Rdkafka::Admin do
  include AdminClients

  let(:client) { super_admin }

  after { remove_what_was_created }

  describe "#describe_cluster" do
    it "tells of the nodes, one of which is the controller", statement: 120 do
      report = within(60) { client.describe_cluster.wait }
      ports = kafka.bootstrap.scan(/:(\d+)/).flatten.map(&:to_i)

      expect(report.cluster_id).to match(/\A[\w-]{22}\z/)
      expect(report.nodes.map { |node| node[:id] }).to contain_exactly(1, 2, 3)
      expect(report.nodes.map { |node| node[:port] }).to match_array(ports)
      expect(report.nodes).to include(report.controller)
      expect(report.controller.keys).to eq(%i[id host port rack])
      expect(report.authorized_operations).to be_nil
      expect([report.cluster_id, report.controller[:host]].map(&:encoding).uniq).to eq([Encoding::BINARY])
    end

    it "asks the broker that is named, for as long as is wanted" do
      sizes = kafka.brokers.map do |broker|
        within(60) { client.describe_cluster(broker_id: broker.id, request_timeout_ms: 20_000).wait.nodes.size }
      end

      expect(sizes).to eq([3, 3, 3])
      missing = client.describe_cluster(broker_id: 99, request_timeout_ms: 500)
      expect(failure_of(missing)).to have_attributes(code: :timed_out)
    end

    it "tells what this client may do, when asked", :any_broker, statement: 121 do
      report = within(60) { client.describe_cluster(include_authorized_operations: true).wait }

      expect(report.authorized_operations).to include(5, 8).and all(be_an(Integer))
    end
  end
end
