# frozen_string_literal: true

require "karafka_native/command_line"
require "karafka_native/command_line/doctor/examination"
require "stringio"

RSpec.describe "How karafka-native doctor examines a topic" do
  let(:out) { StringIO.new }

  # @return [String] what is said of a topic with these partitions: leader, replicas, replicas in sync
  def said_of(*partitions)
    known = partitions.map.with_index do |(leader, replicas, in_sync), number|
      { partition_id: number, leader: leader, replica_count: replicas, in_sync_replica_brokers: in_sync }
    end
    doctor = KarafkaNative::CommandLine::Doctor
    options = doctor::Options.parse(%w[--topic orders])
    examination = doctor::Examination.new(options, doctor::Report.new(out, options.settings, json: false))
    examination.facts["login"] = double(topics: [{ topic_name: "orders", partitions: known }])
    doctor::Steps::Topic.new(examination).run
    out.string
  end

  it "says that all is well" do
    expect(said_of([1, 3, 3], [2, 3, 3])).to start_with("✓ topic     orders: partitions 0, 1,")
  end

  it "finds replicas that are not in sync" do
    expect(said_of([1, 3, 3], [2, 3, 2]))
      .to start_with("✗ topic     orders: replicas missing or lagging in partition 1")
  end

  it "finds partitions without a leader" do
    expect(said_of([-1, 3, 3], [2, 3, 3])).to start_with("✗ topic     orders: no leader for partition 0")
  end

  it "names ten partitions at most" do
    expect(said_of(*Array.new(12) { [1, 3, 2] })).to include("partitions 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, ...")
  end
end
