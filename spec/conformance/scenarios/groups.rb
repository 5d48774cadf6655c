# frozen_string_literal: true

# Subscribing, and what a rebalance listener hears.

# What a listener is told, in order.
listener_class = Class.new do
  attr_reader :heard
  attr_accessor :client, :action

  def initialize
    @heard = []
  end

  def on_partitions_assigned(list) = hear(:assigned, list)
  def on_partitions_revoked(list) = hear(:revoked, list)

  private

  def hear(what, list)
    @heard << [what, list, action&.call(what)]
  end
end

# Subscribes and waits until something is assigned.
joined = lambda do |world, client, *topics|
  client.subscribe(*topics)
  world.eventually { client.poll(50) || !client.assignment.empty? }
end

scenario "subscribing" do
  client = consumer
  [
    client.subscription, client.subscribe("a", "b"), client.subscription, client.subscribe("c"), client.subscription,
    client.unsubscribe, client.subscription, client.unsubscribe
  ]
end

{
  "no topics" => [], "an empty name" => [""], "a topic twice" => %w[a a], "a Symbol" => [:a], "a number" => [1],
  "an Array" => [%w[a b]], "an embedded NUL" => ["a\0b"], "a regular expression" => ["^a.*"],
  "a regular expression that is none" => ["^a("], "a very long name" => ["a" * 300]
}.each do |what, topics|
  scenario "subscribing to #{what}" do
    client = consumer
    outcome = attempt { client.subscribe(*topics) }
    outcome.is_a?(TypeError) || outcome.is_a?(ArgumentError) ? outcome.class : [outcome, client.subscription]
  end
end

scenario "subscribing without a group" do
  attempt { opened(config.consumer).subscribe("t") }
end

scenario "consuming in a group" do
  topic = new_topic
  publish(topic, "a", "b")
  client = member
  client.subscribe(topic)
  consume(client, 2).map(&:payload)
end

scenario "consuming topics by a regular expression" do
  topic = new_topic
  publish(topic, "a")
  client = member("topic.metadata.refresh.interval.ms": 100)
  client.subscribe("^#{Regexp.escape(topic)}$")
  consume(client, 1).map(&:topic)
end

scenario "a topic that does not exist, subscribed to" do
  client = consumer("allow.auto.create.topics": false, "topic.metadata.propagation.max.ms": 0)
  client.subscribe(unique("missing"))
  eventually { attempt { client.poll(100) } }
end

scenario "the assignment of a member" do
  topic = new_topic(partitions: 2)
  client = member
  joined.call(self, client, topic)
  [client.assignment, client.assignment_lost?, client.member_id.match?(/\S/), client.member_id.encoding.name]
end

scenario "a listener, from subscribing to closing" do
  topic = new_topic(partitions: 2)
  listener = listener_class.new
  client = consumer(listener: listener)
  joined.call(self, client, topic)
  client.close
  listener.heard
end

scenario "a listener, with unsubscribing" do
  topic = new_topic
  listener = listener_class.new
  client = member(listener: listener)
  joined.call(self, client, topic)
  client.unsubscribe
  eventually { client.poll(20) || listener.heard.size > 1 }
  [listener.heard, client.assignment, client.assignment_lost?]
end

scenario "a listener, cooperatively" do
  topic = new_topic(partitions: 2)
  listener = listener_class.new
  client = consumer(listener: listener, "partition.assignment.strategy": "cooperative-sticky")
  joined.call(self, client, topic)
  client.unsubscribe
  eventually { client.poll(20) || listener.heard.size > 1 }
  [listener.heard, client.assignment]
end

scenario "what a listener may ask the consumer" do
  topic = new_topic
  listener = listener_class.new
  client = consumer(listener: listener)
  listener.action = lambda do |what|
    # What the group is asked while it ends may come too late.
    next client.closed? if what == :revoked

    [client.assignment, client.subscription, client.position, client.closed?, client.assignment_lost?]
  end
  joined.call(self, client, topic)
  client.close
  listener.heard
end

scenario "a listener commits" do
  topic = new_topic
  listener = listener_class.new
  client = member(listener: listener)
  listener.action = ->(what) { attempt { client.commit(list(topic => { 0 => 1 })) } if what == :assigned }
  joined.call(self, client, topic)
  [listener.heard, client.committed(nil, 10_000)]
end

scenario "the thread of a listener" do
  topic = new_topic
  listener = listener_class.new
  thread = Thread.current
  listener.action = ->(_) { thread_kind(thread) }
  client = consumer(listener: listener)
  joined.call(self, client, topic)
  client.close
  listener.heard.map(&:last)
end

scenario "a listener that raises" do
  topic = new_topic
  listener = listener_class.new
  listener.action = ->(what) { raise Exception, "in #{what}" } # rubocop:disable Lint/RaiseException
  client = consumer(listener: listener)
  logging do
    joined.call(self, client, topic)
    got = client.assignment
    client.close
    got
  end.then { |got, lines| [got, lines.select { |_, line| line.include?("Unhandled") }] }
end

scenario "a listener with one of the methods" do
  topic = new_topic
  heard = []
  only_assigned = Class.new { define_method(:on_partitions_assigned) { |list| heard << [:assigned, list] } }.new
  only_revoked = Class.new { define_method(:on_partitions_revoked) { |list| heard << [:revoked, list] } }.new
  clients = [only_assigned, only_revoked, Object.new].map { |listener| consumer(listener: listener) }
  clients.each { |client| client.subscribe(topic) }
  eventually { clients.each { |client| client.poll(10) } && clients.none? { |client| client.assignment.empty? } }
  clients.each(&:close)
  heard
end

scenario "the list of a listener is frozen" do
  topic = new_topic
  seen = nil
  listener = Class.new { define_method(:on_partitions_assigned) { |list| seen = list } }.new
  joined.call(self, member(listener: listener), topic)
  [seen.frozen?, seen.to_h.frozen?, seen.to_h.keys.first.frozen?, seen.to_h.keys.first.encoding.name]
end

# The sizes of the lists that two members hear of when one of them leaves.
leaving = lambda do |world, **options|
  topic = world.new_topic(partitions: 2)
  group = world.unique("shared")
  listeners = Array.new(2) { listener_class.new }
  clients = listeners.map do |listener|
    world.consumer(listener: listener, "group.id": group, "session.timeout.ms": 3_000, "heartbeat.interval.ms": 100,
      **options)
  end
  clients.each { |client| client.subscribe(topic) }
  world.eventually do
    clients.each { |client| client.poll(20) } && clients.all? do |client|
      client.assignment.count == 1
    end
  end
  listeners.each { |listener| listener.heard.clear }
  clients.last.close
  world.eventually { clients.first.poll(20) || clients.first.assignment.count == 2 }
  listeners.map { |listener| listener.heard.map { |what, list| [what, list.count] }.reject { |_, count| count.zero? } }
end

scenario "two members, of which one leaves" do
  leaving.call(self)
end

scenario "two members, of which one leaves, cooperatively" do
  leaving.call(self, "partition.assignment.strategy": "cooperative-sticky")
end

scenario "a listener is served by poll_batch, poll_nb and poll_nb_each, too" do
  topic = new_topic
  [
    ->(client) { client.poll_batch(20) }, lambda(&:poll_batch_nb), lambda(&:poll_nb),
    ->(client) { client.poll_nb_each { nil } }
  ].map do |poll|
    listener = listener_class.new
    client = member(listener: listener)
    client.subscribe(topic)
    eventually { (poll.call(client) && !client.assignment.empty?) || !client.assignment.empty? }
    listener.heard.map(&:first)
  end
end

scenario "a consumer that is started after subscribing" do
  topic = new_topic
  publish(topic, "a")
  client = member(auto_start: false)
  client.subscribe(topic)
  client.start
  consume(client, 1).map(&:payload)
end

scenario "a static member" do
  topic = new_topic
  client = consumer("group.instance.id": "static-1")
  joined.call(self, client, topic)
  client.assignment
end

scenario "closing a member commits what is stored" do
  topic = new_topic
  group = unique("closing")
  publish(topic, "a", "b")
  client = member("group.id": group)
  client.subscribe(topic)
  consume(client, 2)
  client.close
  consumer("group.id": group).committed(list(topic => { 0 => nil }), 10_000)
end

scenario "too long between polls" do
  topic = new_topic
  client = consumer("max.poll.interval.ms": 1_000, "session.timeout.ms": 1_000, "heartbeat.interval.ms": 100)
  joined.call(self, client, topic)
  sleep(3)
  eventually do
    error = attempt { client.poll(100) }
    [error.code, error.fatal?, error.details] if error.is_a?(Exception) && error.code == :max_poll_exceeded
  end
end
