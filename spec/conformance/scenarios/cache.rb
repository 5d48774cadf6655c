# frozen_string_literal: true

# The cache of partition counts, without a broker.

cache_class = Rdkafka::Producer::PartitionsCountCache

scenario "a count is asked for once" do
  cache = cache_class.new
  calls = 0
  got = Array.new(3) { cache.get("t") { (calls += 1) + 4 } }
  [got, calls, cache.to_h.keys, cache.to_h["t"].last]
end

scenario "counts that are set while fresh" do
  cache = cache_class.new
  [3, 5, 2, 5, -1, 0].map do |count|
    cache.set("t", count)
    cache.get("t") { raise "not asked for" }
  end
end

scenario "setting a lower count refreshes the time" do
  cache = cache_class.new(ttl_ms: 100_000)
  cache.set("t", 5)
  cache.to_h["t"][0] -= 50_000
  before = cache.to_h["t"].first
  cache.set("t", 4)
  [cache.to_h["t"].last, cache.to_h["t"].first > before]
end

scenario "counts that have expired" do
  cache = cache_class.new(ttl_ms: 1)
  expired = lambda do |count|
    cache.set("t", 5)
    cache.to_h["t"] = [cache.to_h["t"].first - 10_000, 5]
    cache.get("t") { count }
  end
  [expired.call(2), expired.call(9), expired.call(5), expired.call(-1)]
end

scenario "a lower count is set after expiry" do
  cache = cache_class.new(ttl_ms: 1_000)
  cache.set("t", 5)
  cache.to_h["t"] = [cache.to_h["t"].first - 10_000, 5]
  cache.set("t", 3)
  cache.get("t") { raise "not asked for" }
end

scenario "a block that raises" do
  cache = cache_class.new
  [attempt { cache.get("t") { raise ArgumentError, "no" } }, cache.to_h.empty?, cache.get("t") { 3 }]
end

scenario "a block that returns nil" do
  cache = cache_class.new
  [refusal { cache.get("t") { nil } }, refusal { cache.get("t") { 3 } }]
end

scenario "a time to live in seconds is deprecated" do
  warnings { cache_class.new(2).get("t") { 1 } }
end

scenario "a time to live given twice" do
  warnings { cache_class.new(10, ttl_ms: 500).get("t") { 1 } }
end

scenario "a time to live in milliseconds is silent" do
  warnings { cache_class.new(ttl_ms: 500).get("t") { 1 } }
end

scenario "the cache of all producers" do
  before = Rdkafka::Producer.partitions_count_cache
  mine = Rdkafka::Producer.partitions_count_cache = cache_class.new
  [before.class, Rdkafka::Producer.partitions_count_cache.equal?(mine)]
end

scenario "a producer uses the cache" do
  Rdkafka::Producer.partitions_count_cache.set("imaginary", 12)
  unreachable_producer.partition_count("imaginary")
end

scenario "a producer fills the cache" do
  topic = new_topic(partitions: 3)
  [producer.partition_count(topic), Rdkafka::Producer.partitions_count_cache.to_h.fetch(topic, []).last]
end
