# frozen_string_literal: true

# Share consumers.

# A member of a share group of its own.
member = lambda do |world, mode = "implicit", **options|
  world.opened(
    world.config(
      "group.id": world.unique("share"), "share.acknowledgement.mode": mode, "fetch.wait.max.ms": 50, **options
    ).share_consumer
  )
end

# The first records that come.
records = ->(world, client) { world.eventually { client.poll(100).then { |found| found unless found.empty? } } }

scenario "the methods" do
  signatures(
    Rdkafka::ShareConsumer, :name, :subscribe, :unsubscribe, :subscription, :poll, :events_poll, :events_poll_nb,
    :acknowledge, :commit_sync, :commit_async, :acknowledgement_commit_callback=, :each, :close, :closed?,
    :oauthbearer_set_token, :oauthbearer_set_token_failure
  ) + signatures(Rdkafka::ShareConsumer::Message, :delivery_count, :error, :error?)
end

scenario "making one" do
  client = member.call(self)
  [client.name, client.closed?, client.close, client.closed?, client.close, client.name]
end

{
  "enable.auto.commit": true, "group.protocol": "consumer", "isolation.level": "read_committed",
  "auto.offset.reset": "earliest", "group.instance.id": "i", "partition.assignment.strategy": "range",
  "enable.partition.eof": true, "session.timeout.ms": 6_000, "heartbeat.interval.ms": 3_000,
  "allow.auto.create.topics": true, "max.poll.records": 0, "queued.min.messages": 5, "no.such.option": 1
}.each do |option, value|
  scenario "the option #{option}" do
    attempt { config("group.id": "g", option => value).share_consumer }
  end
end

scenario "a rebalance listener" do
  made = config("group.id": "g")
  made.consumer_rebalance_listener = Object.new
  attempt { made.share_consumer }
end

scenario "subscribing" do
  client = member.call(self)
  [
    client.subscription, client.subscribe("a", "b"), client.subscription, client.subscribe("^c"), client.subscription,
    client.unsubscribe, client.subscription, client.unsubscribe
  ]
end

{ "nothing" => [], "an empty name" => [""], "a topic twice" => %w[a a] }.each do |what, topics|
  scenario "subscribing to #{what}" do
    attempt { member.call(self).subscribe(*topics) }
  end
end

scenario "subscribing to what is no name" do
  client = member.call(self)
  [[:a], [1], [%w[a]], ["a\0b"]].map { |topics| refusal { client.subscribe(*topics) } }
end

scenario "polling before subscribing" do
  attempt { member.call(self).poll(10) }
end

# One that has been given the partition of an empty topic. Closed before that, librdkafka may wait for it for ever.
idle = lambda do |world|
  member.call(world).tap do |client|
    client.subscribe(world.new_topic)
    client.poll(500)
  end
end

scenario "polling nothing" do
  client = idle.call(self)
  [client.poll(10), client.poll(0)]
end

scenario "polling for what is no time" do
  client = idle.call(self)
  [nil, "1", :soon, 2**40].map { |timeout| refusal { client.poll(timeout) } } << client.poll(1.9)
end

scenario "a record" do
  topic = new_topic
  publish(topic, { payload: "p", key: "k", headers: { a: "b" }, timestamp: 1_505_069_646_353 }, nil.to_s)
  client = member.call(self)
  client.subscribe(topic)
  found = records.call(self, client)
  [found.first, found.size, found.first.error?, found.first.delivery_count, found.first.to_s,
   found.first.class.superclass]
end

scenario "acknowledging one by one" do
  topic = new_topic
  publish(topic, "a", "b", "c")
  client = member.call(self, "explicit")
  client.subscribe(topic)
  found = records.call(self, client)
  refused = attempt { client.poll(10) }
  returned = [client.acknowledge(found[0]), client.acknowledge(found[1], :release),
              client.acknowledge(found[2], :reject)]
  done = client.commit_sync(10_000)
  again = records.call(self, client)
  [refused, returned, done, client.acknowledge(again.first), client.commit_sync(10_000), client.commit_sync,
   again.map { |record| [record.offset, record.delivery_count] }]
end

scenario "acknowledgements that are refused" do
  topic = new_topic
  publish(topic, "a")
  client = member.call(self, "explicit")
  client.subscribe(topic)
  record = records.call(self, client).first
  [
    attempt { client.acknowledge(record, :keep) }, attempt { client.acknowledge(record, "accept") },
    attempt { client.acknowledge(record, nil) }, attempt { client.acknowledge(place(topic, 0, 99)) },
    attempt { client.acknowledge(place("other", 0, 0)) }, attempt { client.acknowledge(place(topic, -1, 0)) },
    refusal { client.acknowledge(nil) }, refusal { client.acknowledge(place(:t, 0, 0)) },
    refusal { client.acknowledge(place(topic, 0, nil)) }, client.acknowledge(record), client.commit_sync(10_000),
    attempt { client.acknowledge(record) }
  ]
end

scenario "acknowledging where that is done by itself" do
  topic = new_topic
  publish(topic, "a")
  client = member.call(self)
  client.subscribe(topic)
  record = records.call(self, client).first
  [attempt { client.acknowledge(record) }, client.commit_sync(10_000), client.commit_sync]
end

scenario "what is accepted does not come again, what was not handled does" do
  topic = new_topic
  group = unique("handing-over")
  publish(topic, "a", "b")
  first = member.call(self, "group.id": group)
  first.subscribe(topic)
  records.call(self, first)
  first.close
  second = member.call(self, "group.id": group)
  second.subscribe(topic)
  again = records.call(self, second).map { |record| [record.payload, record.delivery_count] }
  second.commit_sync(10_000)
  second.close
  third = member.call(self, "group.id": group)
  third.subscribe(topic)
  [again, Array.new(5) { third.poll(50) }.flatten]
end

scenario "committing without waiting" do
  topic = new_topic
  publish(topic, "a", "b")
  client = member.call(self)
  client.subscribe(topic)
  heard = []
  thread = Thread.current
  client.acknowledgement_commit_callback = ->(*arguments) { heard << [*arguments, thread_kind(thread)] }
  records.call(self, client)
  returned = client.commit_async
  eventually { client.events_poll(50) && heard.any? }
  [returned, heard]
end

scenario "a commit callback that raises" do
  topic = new_topic
  publish(topic, "a")
  client = member.call(self)
  client.subscribe(topic)
  called = 0
  client.acknowledgement_commit_callback = ->(*) { (called += 1) && raise(ArgumentError, "no") }
  records.call(self, client)
  logging do
    client.commit_async
    eventually { client.events_poll(50) && called.positive? }
  end
end

scenario "commit callbacks that are none" do
  client = member.call(self)
  [attempt { client.acknowledgement_commit_callback = 5 }, attempt { client.acknowledgement_commit_callback = nil }]
end

scenario "share methods inside of a commit callback" do
  topic = new_topic
  publish(topic, "a")
  client = member.call(self)
  client.subscribe(topic)
  inside = nil
  client.acknowledgement_commit_callback = lambda do |*|
    inside = [attempt { client.poll(0) }, attempt { client.subscription }, attempt { client.commit_async }]
  end
  records.call(self, client)
  client.commit_async
  eventually { client.poll(50) && inside }
end

scenario "committing nothing" do
  client = idle.call(self)
  [client.commit_sync, client.commit_async]
end

scenario "so many records at most" do
  topic = new_topic
  publish(topic, *("a".."f"))
  client = member.call(self, "max.poll.records": 2)
  client.subscribe(topic)
  Array.new(3) { records.call(self, client).map(&:payload) }
end

scenario "unsubscribing accepts what was delivered, and subscribing works again" do
  topic = new_topic
  publish(topic, "a")
  client = member.call(self)
  client.subscribe(topic)
  records.call(self, client)
  gone = [client.unsubscribe, attempt { client.poll(10) }]
  client.subscribe(topic)
  publish(topic, "b")
  [gone, records.call(self, client).map { |record| [record.payload, record.delivery_count] }]
end

scenario "each" do
  topic = new_topic
  publish(topic, "a", "b", "c")
  client = member.call(self)
  client.subscribe(topic)
  got = []
  value = client.each do |record|
    got << record.payload
    client.close if got.size == 3
  end
  [value, got, client.closed?, client.each { nil }]
end

scenario "each without a block" do
  topic = new_topic
  publish(topic, "a")
  client = member.call(self)
  client.subscribe(topic)
  refusal { client.each }
end

scenario "events" do
  emissions = []
  Rdkafka::Config.statistics_callback = ->(statistics) { emissions << [statistics["type"], statistics["name"]] }
  client = member.call(self, "statistics.interval.ms": 20)
  served = eventually { client.events_poll(50).then { |count| count if emissions.any? } }
  [served.class, emissions.first, emissions.first.last == client.name, client.events_poll_nb.class]
end

scenario "a second thread" do
  client = member.call(self)
  client.subscribe(new_topic)
  thread = Thread.new { client.poll(1_000) }
  eventually { thread.status == "sleep" }
  refused = [attempt { client.poll(0) }, attempt { client.subscription }, attempt { client.commit_sync }]
  thread.join
  refused.map { |error| [error.class, error.code, error.broker_message&.gsub(/\d+/, "N")] }
end

{
  subscribe: ["t"], unsubscribe: [], subscription: [], poll: [], events_poll: [], events_poll_nb: [], commit_sync: [],
  commit_async: [], each: [], oauthbearer_set_token_failure: ["no"], close: [], closed?: []
}.each do |method, arguments|
  scenario "#{method} of a closed one" do
    client = member.call(self)
    client.close
    attempt { client.public_send(method, *arguments) { nil } }
  end
end

scenario "what closed ones look at before" do
  client = member.call(self)
  client.close
  [
    attempt { client.subscribe }, attempt { client.acknowledge(place("t", 0, 0), :keep) },
    attempt { client.acknowledge(place("t", 0, 0)) }, attempt { client.acknowledgement_commit_callback = 5 },
    attempt { client.acknowledgement_commit_callback = nil }
  ]
end

scenario "an inherited one" do
  client = member.call(self)
  client.name
  forked { [client.closed?, client.close, client.name, attempt { client.poll(0) }, client.each { nil }] }
end

scenario "the end of the process" do
  topic = new_topic
  publish(topic, "a")
  process(<<~RUBY, topic: topic, group: unique("exiting"))
    CLIENT = Rdkafka::Config.new("bootstrap.servers": SERVERS, "group.id": GROUP).share_consumer
    CLIENT.subscribe(TOPIC)
    sleep(0.01) while (found = CLIENT.poll(100)).empty?
    p found.size
  RUBY
end

scenario "a token" do
  asked = []
  Rdkafka::Config.oauthbearer_token_refresh_callback = ->(_, name) { asked << name }
  client = member.call(self, "security.protocol": "sasl_plaintext", "sasl.mechanisms": "OAUTHBEARER")
  before = asked.size
  eventually { client.events_poll(50) && asked.any? }
  [before, asked.first == client.name, client.oauthbearer_set_token(token: "t", lifetime_ms: 1, principal_name: "me")]
end
