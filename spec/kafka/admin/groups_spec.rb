# frozen_string_literal: true

require_relative "../../../tools/kafka/rspec"

RSpec.describe Rdkafka::Admin do
  include AdminClients

  let(:client) { super_admin }
  let(:topic) { created_topic(partitions: 2).tap { |name| await_coordinators(name) } }
  let(:group) { unique_name("group") }

  after { remove_what_was_created }

  def list(offsets)
    AdminOperations.list(topic, offsets)
  end

  def described(*groups, **)
    within(60) { client.describe_consumer_groups(groups, **).wait.groups }
  end

  describe "#list_consumer_groups" do
    it "lists all groups once, sorted by id", :any_broker, statement: 116 do
      groups = Array.new(5) { unique_name("group") }
      groups.each { |id| within(60) { client.alter_consumer_group_offsets(id, list({ 0 => 1 })).wait } }
      report = within(60) { client.list_consumer_groups.wait }
      ids = report.groups.map { |listed| listed[:group_id] }

      expect(ids).to include(*groups)
      expect(ids).to eq(ids.sort.uniq)
      expect(report.errors).to eq([])
      expect(report.groups.find { |listed| listed[:group_id] == groups.first })
        .to eq({ group_id: groups.first, is_simple_consumer_group: true, state: 5, state_name: "Empty" })
      expect(report.groups.first.fetch_values(:group_id, :state_name).map(&:encoding).uniq).to eq([Encoding::BINARY])
    end

    it "tells groups with members from those that only store offsets", statement: 116 do
      member_of(group, topic)
      listed = within(60) { client.list_consumer_groups.wait }.groups.find { |found| found[:group_id] == group }

      expect(listed).to eq({ group_id: group, is_simple_consumer_group: false, state: 3, state_name: "Stable" })
    end
  end

  it "finds groups that have moved to another coordinator and back" do
    await_coordinators(created_topic)
    elect_preferred_leaders # another may lead since a broker was away
    home = eventually { coordinator }
    kafka.suspend(home) { eventually(60) { ![nil, home].include?(coordinator) } }
    elect_preferred_leaders
    expect(eventually(60) { coordinator == home }).to be(true)
  end

  # Returns when no partition needs another leader: replicas of a broker that was away have to catch up first.
  def elect_preferred_leaders
    eventually(60) { within(60) { client.elect_leaders(:preferred).wait }.partitions.empty? }
  end

  # Nothing while the group's offsets are loaded, or when a suspended broker was asked.
  def coordinator
    found = described(group, request_timeout_ms: 3_000).first
    expect(found[:error]&.code).to be_nil.or eq(:timed_out).or eq(:coordinator_load_in_progress)
    found.dig(:coordinator, :id)
  end

  describe "#list_consumer_groups with filters" do
    let(:simple) { unique_name("group") }
    let(:modern) { unique_name("group") }

    before do
      within(60) { client.alter_consumer_group_offsets(simple, list({ 0 => 1 })).wait }
      member_of(group, topic)
      member_of(modern, topic, "group.protocol": "consumer")
    end

    def listed(**)
      report = within(60) { client.list_consumer_groups(**).wait }
      expect(report.errors).to eq([])
      report.groups.select { |found| [simple, group, modern].include?(found[:group_id]) }
    end

    def ids(...) = listed(...).map { |found| found[:group_id] }

    it "lists groups of some states and types" do
      expect(eventually(20) { ids(states: [:stable]).then { |found| found if found.size == 2 } })
        .to contain_exactly(group, modern)
      expect(ids(states: [:empty])).to eq([simple])
      expect(ids(states: %i[empty stable], types: [:classic])).to contain_exactly(simple, group)
      expect(ids(types: [:consumer])).to eq([modern])
      expect(ids(states: [:dead])).to eq([])
    end

    it "tells their types when asked" do
      types = listed(include_types: true).to_h { |found| [found[:group_id], found.values_at(:type, :type_name)] }

      expect(types).to eq({ simple => [2, "Classic"], group => [2, "Classic"], modern => [1, "Consumer"] })
    end

    it "asks only the broker that is named" do
      found = kafka.brokers.flat_map { |broker| ids(broker_id: broker.id) }

      expect(found).to contain_exactly(simple, group, modern)
    end
  end

  describe "#describe_consumer_groups" do
    it "tells of groups that exist, that do not, and that are forbidden, in this order", statement: 118 do
      forbidden = unique_name("group")
      forbid("bob", topic: unique_name("topic"), group: forbidden)
      bob = admin_as("bob")
      member_of(group, topic, "client.id": "somebody", "group.instance.id": "always-me")
      missing = unique_name("group")
      groups = within(60) { bob.describe_consumer_groups([group, missing, forbidden]).wait.groups }

      expect(groups.map { |found| found[:group_id] }).to eq([group, missing, forbidden])
      expect(groups[0].keys).to eq(
        %i[group_id error is_simple_consumer_group state state_name type type_name partition_assignor coordinator
           authorized_operations members]
      )
      expect(groups[0]).to include(error: nil, is_simple_consumer_group: false, state: 3, state_name: "Stable",
        type: 2, type_name: "Classic", partition_assignor: "range", authorized_operations: nil)
      expect(groups[0][:coordinator]).to include(id: Integer, host: "127.0.0.1")
      expect(groups[0][:members]).to contain_exactly(
        { member_id: /\Aalways-me/, client_id: "somebody", group_instance_id: "always-me", host: String,
          assignment: { topic => [0, 1] }, target_assignment: nil }
      )
      expect(groups[1]).to include(error: nil, state: 4, state_name: "Dead", partition_assignor: "", members: [])
      expect(groups[2]).to include(state: 0, state_name: "Unknown", type: 0, partition_assignor: nil,
        coordinator: nil, members: [])
      expect(groups[2][:error]).to have_attributes(
        code: :group_authorization_failed, broker_message: /Group authorization failed/
      )
    end

    it "tells what members of the newer protocol are to have, too" do
      member_of(group, topic, "group.protocol": "consumer")
      found = eventually(20) { described(group).first.then { |one| one if one[:members].any? } }

      expect(found).to include(type: 1, type_name: "Consumer", error: nil)
      expect(found[:members].first[:target_assignment].transform_values(&:sort)).to eq({ topic => [0, 1] })
    end

    it "has binary texts", :any_broker do
      member_of(group, topic)
      found = described(group).first
      texts = [*found.values_at(:group_id, :state_name, :type_name, :partition_assignor), found[:coordinator][:host],
               *found[:members].first.values_at(:member_id, :client_id, :host),
               *found[:members].first[:assignment].keys]

      expect(texts.map(&:encoding).uniq).to eq([Encoding::BINARY])
    end

    it "tells what this client may do, when asked", statement: 121 do
      found = described(group, include_authorized_operations: true).first

      expect(found[:authorized_operations]).to include(3, 8).and all(be_an(Integer))
    end

    it "tells of many at once" do
      ids = Array.new(200) { unique_name("group") }

      expect(described(*ids).map { |found| found.values_at(:group_id, :state_name) })
        .to eq(ids.map { |id| [id, "Dead"] })
    end
  end

  describe "#delete_group" do
    it "removes a group without members", :any_broker, defect: 10 do
      within(60) { client.alter_consumer_group_offsets(group, list({ 0 => 1 })).wait }
      report = within(60) { client.delete_group(group).wait }

      expect(report).to have_attributes(class: Rdkafka::Admin::DeleteGroupsReport, error_string: nil,
        result_name: group)
      expect(described(group).first[:state_name]).to eq("Dead")
    end

    it "removes share groups, too", :share_groups do
      member = closing(config("bootstrap.servers": kafka.bootstrap, "group.id": group).share_consumer)
      member.subscribe(topic)
      member.poll(100)
      eventually(30) do
        member.poll(100)
        refusal_of(client.delete_group(group)) == [:non_empty_group, nil]
      end
      member.close

      expect(within(60) { eventually(20) { deleted_now?(group) } }).to be(true)
      expect(refusal_of(client.delete_group(group))).to eq([:group_id_not_found, nil])
    end

    # Such as that of a Kafka Connect worker, which librdkafka refuses to describe, so nobody tells its coordinator.
    it "removes groups that are not of consumers, too" do
      within(60) { eventually(20) { become_worker(described(group).first[:coordinator]).zero? } }
      # Brokers describe what they have stored, which may be later.
      refusal = within(60) { eventually(20) { described(group).first[:error] } }
      expect(refusal.broker_message).to include("not a consumer group (connect)")

      expect(within(60) { eventually(20) { deleted_now?(group) } }).to be(true)
      expect(refusal_of(client.delete_group(group))).to eq([:group_id_not_found, nil])
    end

    # Joins the group (JoinGroup, version 2) with a session that ends soon.
    #
    # @return [Integer] error code
    def become_worker(node)
      request = [11, 2, 0, -1, group.bytesize, group, 6_000, 6_000, 0, 7, "connect", 1, 1, "x", 0]
      bytes = request.pack("s>s>l>s>s>a*l>l>s>s>a*l>s>a*l>")
      Socket.tcp(node[:host], node[:port]) do |socket|
        socket.write([bytes.bytesize, bytes].pack("l>a*"))
        socket.read(socket.read(4).unpack1("l>")).unpack1("@8s>")
      end
    end

    def deleted_now?(group)
      refusal_of(client.delete_group(group)).nil?
    end

    it "is refused while there are members, and for groups that do not exist" do
      member_of(group, topic)
      expect(refusal_of(client.delete_group(group))).to eq([:non_empty_group, nil])
      expect(refusal_of(client.delete_group(unique_name("group")))).to eq([:group_id_not_found, nil])
      report = within(60) { client.delete_group(group).wait(raise_response_error: false) }
      expect(report).to have_attributes(result_name: group, error_string: nil)
    end
  end

  it "is refused what ACLs forbid" do
    forbid("alice", topic: topic, group: group)
    alice = admin_as("alice")
    refused = [:group_authorization_failed, /Group authorization failed/]

    expect(refusal_of(alice.delete_group(group))).to eq([:group_authorization_failed, nil])
    expect(refusal_of(alice.alter_consumer_group_offsets(group, list({ 0 => 1 })))).to match(refused)
    expect(refusal_of(alice.delete_consumer_group_offsets(group, list({ 0 => nil })))).to match(refused)
    expect(refusal_of(alice.alter_consumer_group_offsets(unique_name("group"), list({ 0 => 1 }))))
      .to eq([:topic_authorization_failed, "Failed for partition 0 of '#{topic}'"])
  end
end
