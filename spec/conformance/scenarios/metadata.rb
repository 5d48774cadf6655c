# frozen_string_literal: true

# Metadata.

%i[consumer producer admin].each do |kind|
  scenario "a topic's metadata, asked of a #{kind}" do
    topic = new_topic(partitions: 2)
    found = public_send(kind).metadata(topic)
    [found.class, found.topics, found.brokers]
  end
end

scenario "metadata of all topics" do
  topic = new_topic
  found = admin.metadata
  [found.topics.map { |entry| entry[:topic_name] }.include?(topic), found.brokers.size, found.topics.first.keys]
end

scenario "metadata's instance variables" do
  topic = new_topic
  admin.metadata(topic, 5_000).instance_variables.sort
end

scenario "metadata of a topic that does not exist" do
  cluster.push_errors(:Metadata, 3)
  attempt { consumer("allow.auto.create.topics": false).metadata(unique("missing")) }
end

scenario "metadata with an error that is tried again" do
  topic = new_topic
  client = admin
  client.metadata(topic)
  cluster.push_errors(:Metadata, 5)
  client.metadata(topic).topics.first[:partition_count]
end

scenario "metadata with an error that is not tried again" do
  topic = new_topic
  client = admin
  client.metadata(topic)
  # There are requests of librdkafka's own, too.
  cluster.push_errors(:Metadata, *[29] * 10)
  attempt { client.metadata(topic) }.tap { cluster.clear_errors(:Metadata) }
end

scenario "metadata without a broker" do
  attempt { unreachable_producer.metadata("t", 100) }
end

scenario "metadata with arguments of the wrong kind" do
  client = admin
  [[:t], [5], ["t", "1"], ["t", nil], ["a\0b"]].map do |arguments|
    refusal { client.metadata(*arguments) }.then { |outcome| outcome.is_a?(Exception) ? outcome.class : outcome }
  end
end

scenario "metadata of an empty name" do
  refusal { admin.metadata("") }.then { |outcome| outcome.is_a?(Rdkafka::Metadata) ? outcome.topics.size : outcome }
end

scenario "metadata with a leader that is missing" do
  topic = new_topic(partitions: 2)
  cluster.set_leader(topic, 1, nil)
  found = attempt { admin.metadata(topic) }
  found.is_a?(Exception) ? found : found.topics
end
