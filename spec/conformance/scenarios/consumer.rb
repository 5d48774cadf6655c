# frozen_string_literal: true

# Polling, assigning, seeking; without a group.

scenario "a message" do
  topic = new_topic
  publish(topic, { payload: "p", key: "k", timestamp: 1_505_069_646_353, headers: { a: "b" } })
  message_of(topic)
end

scenario "the text of messages" do
  topic = new_topic
  publish(
    topic, { payload: "p" * 60, key: "k" * 41, timestamp: 1 }, { timestamp: 2 },
    { payload: "é" * 30, key: "é", headers: { a: %w[b c], d: "e" }, timestamp: 3 },
    { payload: "\xFF\x00".b, timestamp: 4 }
  )
  consume(consumer_of(topic), 4).map(&:to_s)
end

scenario "a message's instance variables" do
  topic = new_topic
  publish(topic, { payload: "p", key: "k", headers: { a: "b" } })
  message = message_of(topic)
  message.instance_variable_set(:@payload, nil)
  copy = message.dup
  copy.instance_variable_set(:@offset, 12)
  [message.instance_variables.sort, message.payload, message.offset, copy.offset, message == message.dup,
   message.frozen?]
end

scenario "strings are made once per message" do
  topic = new_topic
  publish(topic, { payload: "p", key: "k" }, { payload: "p", key: "k" })
  one, other = consume(consumer_of(topic), 2)
  [one.topic.equal?(one.topic), one.topic.equal?(other.topic), one.payload.equal?(one.payload), one.payload << "more"]
end

scenario "a message without headers has the shared empty Hash" do
  topic = new_topic
  publish(topic, "p")
  empty = Rdkafka::Consumer::Headers::EMPTY_HEADERS
  [message_of(topic).headers.equal?(empty), empty]
end

scenario "headers by Symbol" do
  topic = new_topic
  publish(topic, { payload: "p", headers: { a: "b" } })
  headers = message_of(topic).headers
  [headers[:a], headers["a"], headers["b"], refusal { headers["c"] = "d" }, headers["a"] << "more"]
end

scenario "polling nothing" do
  topic = new_topic
  client = consumer_of(topic)
  [client.poll(0), client.poll(20), client.poll_nb, client.poll_batch(20), client.poll_batch_nb]
end

scenario "polling without an assignment" do
  client = consumer
  [client.poll(20), client.poll_batch(20)]
end

[nil, "1", :soon, 1.9, 2**40].each do |timeout|
  scenario "polling for #{timeout.inspect}" do
    client = consumer_of(new_topic)
    [refusal { client.poll(timeout) }, refusal { client.poll_nb(timeout.is_a?(Numeric) ? 0.5 : timeout) },
     refusal { client.poll_batch(timeout.is_a?(Numeric) ? 0.5 : timeout) }]
  end
end

scenario "polling without saying how long" do
  refusal { consumer.poll }
end

scenario "polling for ever" do
  topic = new_topic
  client = consumer_of(topic)
  thread = Thread.new { client.poll(-1).payload }
  publish(topic, "p")
  thread.value
end

scenario "order" do
  topic = new_topic
  publish(topic, *("a".."z"))
  consume(consumer_of(topic), 26).map { |message| [message.offset, message.payload] }
end

scenario "poll_nb" do
  topic = new_topic
  publish(topic, "a", "b")
  client = consumer_of(topic)
  Array.new(2) { eventually { client.poll_nb } }.map(&:payload)
end

scenario "poll_batch" do
  topic = new_topic
  publish(topic, "a", "b", "c")
  client = consumer_of(topic)
  got = []
  eventually { got.concat(client.poll_batch(100)).size >= 3 }
  [got.map(&:class).uniq, got.map(&:payload), client.poll_batch(10)]
end

scenario "poll_batch takes so many at most" do
  topic = new_topic
  publish(topic, "a", "b", "c")
  client = consumer_of(topic)
  first = eventually { client.poll_batch(100, max_items: 1).first }
  [first.payload, eventually do
    client.poll_batch_nb(0, max_items: 1).first
  end.payload, client.poll_batch(0, max_items: 0)]
end

scenario "poll_batch of what is no number" do
  client = consumer
  ["2", nil, :all].map { |count| refusal { client.poll_batch(0, max_items: count) } }
end

scenario "poll_batch of a Float" do
  topic = new_topic
  publish(topic, "a", "b")
  client = consumer_of(topic)
  eventually { client.poll_batch(100, max_items: 1.9).first }.payload
end

scenario "poll_nb_each" do
  topic = new_topic
  publish(topic, "a", "b", "c")
  client = consumer_of(topic)
  got = []
  eventually do
    got << client.poll_nb_each { |message| got << message.payload }
    got.compact.size >= 3
  end
  got.uniq.sort_by(&:to_s)
end

scenario "poll_nb_each stops" do
  topic = new_topic
  publish(topic, "a", "b", "c")
  client = consumer_of(topic)
  got = []
  eventually { client.poll_nb_each { |message| got << message.payload and :stop } || got.any? }
  [got, eventually { client.poll_nb }.payload]
end

scenario "poll_nb_each whose block raises loses nothing else" do
  topic = new_topic
  publish(topic, "a", "b")
  client = consumer_of(topic)
  raised = eventually { attempt { client.poll_nb_each { raise ArgumentError, "no" } } }
  [raised, eventually { client.poll_nb }.payload]
end

scenario "poll_nb_each without a block" do
  topic = new_topic
  client = consumer_of(topic)
  empty = refusal { client.poll_nb_each }
  publish(topic, "a")
  [empty, eventually { refusal { client.poll_nb_each } }]
end

scenario "each" do
  topic = new_topic
  publish(topic, "a", "b")
  got = []
  value = consumer_of(topic).each do |message|
    got << message.payload
    break :broken if got.size == 2
  end
  [value, got]
end

scenario "each without a block" do
  topic = new_topic
  publish(topic, "a")
  refusal { consumer_of(topic).each }
end

scenario "each is Enumerable" do
  topic = new_topic
  publish(topic, "a", "b", "c", "d", "e")
  client = consumer_of(topic)
  [
    client.first.payload, client.first(1).map(&:payload), client.lazy.map(&:payload).first(1),
    client.find { |message| message.payload == "e" }.payload
  ]
end

scenario "each, closed inside of the block" do
  topic = new_topic
  publish(topic, "a", "b")
  client = consumer_of(topic)
  attempt { client.each { client.close } }
end

scenario "each with a StopIteration" do
  topic = new_topic
  publish(topic, "a")
  stop = -> { raise StopIteration, "enough" }
  refusal { consumer_of(topic).each { stop.call } }
end

scenario "each_batch is gone" do
  client = consumer
  raised = attempt { client.each_batch { nil } }
  client.close
  [raised.class, raised.message[/\A.*has been removed/], refusal { client.each_batch(max_items: 1) }]
end

scenario "the end of a partition, polled" do
  topic = new_topic
  publish(topic, "a")
  client = consumer_of(topic, "enable.partition.eof": true)
  consume(client, 1)
  eventually { attempt { client.poll(100) } }
end

scenario "the end of a partition, in a batch" do
  topic = new_topic
  publish(topic, "a")
  client = consumer_of(topic, "enable.partition.eof": true)
  got = []
  eventually { got.concat(client.poll_batch(100)).size >= 2 }
  [got.map(&:class), got.last]
end

scenario "the end of a partition, without waiting" do
  topic = new_topic
  client = consumer_of(topic, "enable.partition.eof": true)
  one = eventually { attempt { client.poll_nb } }
  client.seek_by(topic, 0, 0)
  [one, eventually { attempt { client.poll_nb_each { nil } } }]
end

scenario "a topic that does not exist, assigned" do
  client = consumer("allow.auto.create.topics": false)
  client.assign(list(unique("unknown") => { 0 => 0 }))
  cluster.push_errors(:Metadata, *[3] * 3)
  client.poll(100).class
end

scenario "an offset that is out of range" do
  topic = new_topic
  publish(topic, "a")
  client = consumer_of(topic, { 0 => 99 }, "auto.offset.reset": "error")
  eventually { attempt { client.poll(100) } }
end

scenario "assigning" do
  topic = new_topic(partitions: 2)
  client = consumer
  given = list(topic => { 0 => 3, 1 => nil }).freeze
  [client.assignment, client.assign(given), client.assignment, client.assign(list({})), client.assignment]
end

scenario "assigning what is no list" do
  client = consumer
  [nil, {}, "t", [["t", 0]]].map { |given| attempt { client.assign(given) } }
end

scenario "assigning partitions that make no sense" do
  client = consumer
  [
    attempt { client.assign(list("t" => { 0 => "5" })) }, refusal { client.assign(list("t" => { "0" => 5 })) },
    refusal { client.assign(list("t" => { 2**40 => 5 })) }
  ].map { |outcome| outcome.is_a?(Exception) ? outcome.class : outcome }
end

scenario "assigning topics without partitions" do
  client = consumer
  made = Rdkafka::Consumer::TopicPartitionList.new
  made.add_topic("t")
  attempt { client.assign(made) }
end

scenario "assigning a topic whose name is no String" do
  client = consumer
  made = Rdkafka::Consumer::TopicPartitionList.new(t: [Rdkafka::Consumer::Partition.new(0, 0)])
  refusal { client.assign(made) }
end

scenario "assigning Floats and Times as offsets" do
  client = consumer
  client.assign(list("t" => { 0 => 5.9 }))
  client.assignment
end

scenario "seeking" do
  topic = new_topic
  publish(topic, "a", "b", "c")
  client = consumer_of(topic)
  messages = consume(client, 3)
  again = lambda do |returned|
    [returned, consume(client, 1).first.payload]
  end
  [
    again.call(client.seek(messages[1])), again.call(client.seek_by(topic, 0, 0)),
    again.call(client.seek_by(topic, 0, -2)),
    again.call(client.seek(place(topic, 0, 2)))
  ]
end

scenario "seeking where nothing is assigned" do
  client = consumer
  [attempt { client.seek_by("t", 0, 0) }, attempt { consumer_of(new_topic).seek_by("t", 0, 0) }]
end

scenario "seeking with arguments of the wrong kind" do
  client = consumer_of(new_topic)
  [
    [:t, 0, 0], ["t", "0", 0], ["t", nil, 0], ["t", 0, nil], ["t", 0, "1"], ["a\0b", 0, 0], ["t", 2**40, 0]
  ].map { |arguments| refusal { client.seek_by(*arguments) }.then { _1.is_a?(Exception) ? _1.class : _1 } }
end

scenario "seeking to what is no message" do
  refusal { consumer_of(new_topic).seek(nil) }
end

scenario "pausing and resuming" do
  topic = new_topic
  publish(topic, "a", "b")
  client = consumer_of(topic)
  consume(client, 1)
  paused = list(topic => { 0 => nil })
  returned = client.pause(paused)
  while_paused = Array.new(3) { client.poll(30) }.compact.size
  [returned, while_paused, client.resume(paused), consume(client, 1).first.payload]
end

scenario "pausing what is not assigned" do
  client = consumer_of(new_topic)
  other = list("other" => { 0 => nil })
  [attempt { client.pause(other) }, attempt { client.resume(other) }]
end

scenario "pausing and resuming what is no list" do
  client = consumer
  [attempt { client.pause("t") }, attempt { client.resume(nil) }, attempt { client.pause(client.assignment) }]
end

scenario "seeking while paused" do
  topic = new_topic
  publish(topic, "a", "b")
  client = consumer_of(topic)
  consume(client, 2)
  client.pause(list(topic => { 0 => nil }))
  client.seek_by(topic, 0, 0)
  client.resume(list(topic => { 0 => nil }))
  consume(client, 2).map(&:payload)
end

scenario "several partitions" do
  topic = new_topic(partitions: 3)
  3.times { |partition| publish(topic, { payload: "p#{partition}", partition: partition }) }
  consume(consumer_of(topic, { 0 => 0, 1 => 0, 2 => 0 }), 3).map { |message| [message.partition, message.payload] }.sort
end

scenario "incremental changes of an assignment" do
  one, other = Array.new(2) { new_topic }
  publish(one, "a")
  publish(other, "b")
  client = consumer_of(one)
  first = consume(client, 1).first.payload
  client.assign(list(other => { 0 => 0 }))
  [first, consume(client, 1).first.payload, client.assignment]
end

scenario "starting a consumer again" do
  client = consumer
  [client.start, client.closed?]
end

scenario "two threads poll one consumer" do
  topic = new_topic
  client = consumer_of(topic)
  publish(topic, *("0".."9"))
  got = Thread::Queue.new
  threads = Array.new(2) do
    Thread.new do
      eventually do
        message = client.poll(50)
        got << message.payload if message
        got.size >= 10
      end
    end
  end
  threads.each(&:join)
  Array.new(got.size) { got.pop }.sort
end

scenario "the ids of member and cluster" do
  client = consumer
  [client.member_id, client.cluster_id(10_000), client.cluster_id]
end

scenario "the cluster's id without a broker" do
  consumer("bootstrap.servers": "127.0.0.1:1").cluster_id(50)
end

scenario "poll_batch with fewer messages than asked for" do
  topic = new_topic
  publish(topic, "a")
  client = consumer_of(topic)
  consume(client, 1)
  client.seek_by(topic, 0, 0)
  started = Process.clock_gettime(Process::CLOCK_MONOTONIC)
  count = client.poll_batch(4_000, max_items: 10).size
  [count, Process.clock_gettime(Process::CLOCK_MONOTONIC) - started < 4 ? "at once" : "after the timeout"]
end
