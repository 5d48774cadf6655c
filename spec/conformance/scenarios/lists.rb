# frozen_string_literal: true

# Topic partition lists and partitions, without a broker.

list_class = Rdkafka::Consumer::TopicPartitionList
partition_class = Rdkafka::Consumer::Partition

scenario "an empty list" do
  made = list_class.new
  [made, made.count, made.empty?, made.to_h, made.to_s]
end

scenario "a list keeps the given Hash itself" do
  data = { "t" => [partition_class.new(0, 1)] }
  made = list_class.new(data)
  data["u"] = nil
  [made, made.to_h.equal?(data), made.count]
end

scenario "what a list counts" do
  {
    nothing: {}, topic: { "t" => nil }, no_partitions: { "t" => [] },
    two: { "t" => [partition_class.new(0, nil), partition_class.new(1, nil)], "u" => nil }
  }.transform_values { |data| list_class.new(data).then { |made| [made.count, made.empty?] } }
end

scenario "adding a topic" do
  made = list_class.new
  returned = [made.add_topic("a"), made.add_topic("b", 2), made.add_topic("c", [3, 5]), made.add_topic("d", 4..6)]
  [made, returned]
end

scenario "adding a topic by a Symbol, and again" do
  made = list_class.new
  made.add_topic(:t, 3)
  made.add_topic("t", [7])
  made
end

scenario "adding no partitions" do
  made = list_class.new
  [made.add_topic("t", 0), made.add_topic("u", []), made.count, made.empty?]
end

scenario "adding a topic with partitions that are no numbers" do
  ["x", "0", :a, 1.5].map { |partitions| refusal { list_class.new.add_topic("t", partitions) } }
end

scenario "adding partitions with offsets as a Hash, as pairs, as partitions" do
  made = list_class.new
  [
    made.add_topic_and_partitions_with_offsets("a", { 0 => 5, 1 => nil }),
    made.add_topic_and_partitions_with_offsets("b", [[0, 5], [2, 6]]),
    made.add_topic_and_partitions_with_offsets(:c, [partition_class.new(4, 7, 3, "m")]),
    made.add_topic_and_partitions_with_offsets("d", []),
    made
  ]
end

scenario "adding partitions with offsets that make no sense" do
  [nil, 3, [nil]].map { |given| refusal { list_class.new.add_topic_and_partitions_with_offsets("t", given) } }
end

scenario "the text of a list" do
  made = list_class.new
  made.add_topic("a", 1)
  made.add_topic("b")
  made.add_topic_and_partitions_with_offsets("é", [partition_class.new(0, 7, 3, "meta")])
  [made.to_s, made.to_h.to_s]
end

scenario "when lists are equal" do
  one, other = Array.new(2) { list_class.new("t" => [partition_class.new(0, 1)]) }
  empty = list_class.new
  {
    same: one == other, different: one == list_class.new("t" => [partition_class.new(0, 2)]),
    hash: one == { "t" => [partition_class.new(0, 1)] }, nil: empty == nil, # rubocop:disable Style/NilComparison
    empty_array: empty == [], number: refusal { empty == 1 }, eql: one.eql?(other)
  }
end

scenario "a partition" do
  [
    partition_class.new(0, 1), partition_class.new(2, nil), partition_class.new(3, 4, 5, "meta"),
    partition_class.new(nil, nil, nil, nil)
  ]
end

scenario "the text of a partition" do
  [[0, 1], [0, nil], [3, 4, 5], [3, 4, 0, "meta"], [3, nil, -1, ""], [nil, nil]].map do |arguments|
    made = partition_class.new(*arguments)
    [made.to_s, made.inspect]
  end
end

scenario "when partitions are equal" do
  made = partition_class.new(0, 1, 2, "m")
  {
    same: made == partition_class.new(0, 1), offset: made == partition_class.new(0, 2),
    partition: made == partition_class.new(1, 1), subclass: made == Class.new(partition_class).new(0, 1),
    number: made == 0, nil: made == nil, # rubocop:disable Style/NilComparison
    eql: made.eql?(partition_class.new(0, 1)), hash: made.hash == partition_class.new(0, 1).hash
  }
end

scenario "a partition without its offset" do
  refusal { partition_class.new(1) }
end

scenario "writing to a list through its Hash" do
  made = list_class.new
  made.add_topic("t", 1)
  made.to_h["t"] << partition_class.new(5, 6, 0)
  made.to_h["u"] = nil
  made
end

scenario "a frozen list" do
  made = list_class.new("t" => nil).freeze
  made.to_h["u"] = nil
  made.add_topic("v", 1)
  made
end

scenario "the methods of lists and partitions" do
  signatures(list_class, :initialize, :count, :empty?, :add_topic, :add_topic_and_partitions_with_offsets, :to_h, :to_s,
    :==) + signatures(partition_class, :initialize, :partition, :offset, :err, :metadata, :to_s, :inspect, :==)
end
