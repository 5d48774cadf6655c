# frozen_string_literal: true

# The end of a process with open clients.

prelude = <<~RUBY
  def config(**options) = Rdkafka::Config.new({ "bootstrap.servers": SERVERS, **options })
  def listener
    Class.new do
      def on_partitions_assigned(list) = puts("assigned \#{list.count}")
      def on_partitions_revoked(list) = puts("revoked \#{list.count}")
    end.new
  end
  def joined
    made = config("group.id": GROUP)
    made.consumer_rebalance_listener = listener
    client = made.consumer
    client.subscribe(TOPIC)
    sleep(0.01) until client.poll(50) || !client.assignment.empty?
    client
  end
  def produced
    client = config("linger.ms": 200).producer
    client.delivery_callback = ->(report) { puts "delivered \#{report.offset}" }
    client.produce(topic: TOPIC, payload: "p", partition: 0)
    client
  end
RUBY

{
  "the end of the script" => "CLIENT = %s",
  "exit" => "CLIENT = %s; exit 3",
  "an exception" => 'CLIENT = %s; $stderr.reopen(File::NULL); raise "enough"',
  "exit!" => "CLIENT = %s; exit!(4)",
  "SIGTERM" => "CLIENT = %s; $stderr.reopen(File::NULL); Process.kill(:TERM, $$); sleep",
  "abort" => "CLIENT = %s; $stderr.reopen(File::NULL); abort",
  "exit in a thread" => "CLIENT = %s; Thread.new { exit 5 }.join",
  "an at_exit block" => "CLIENT = %s; at_exit { p CLIENT.closed? }"
}.each do |what, script|
  # It takes classic groups three seconds to be made.
  { producer: "produced", consumer: "joined" }.first(what.match?(/abort|thread/) ? 1 : 2).each do |kind, making|
    scenario "#{what}, with an open #{kind}" do
      process(prelude + format(script, making), topic: new_topic, group: unique("exiting"))
    end
  end
end

scenario "the end of the script, with open clients of all kinds" do
  process("#{prelude}CLIENTS = [joined, produced, config.admin]", topic: new_topic, group: unique("exiting"))
end

scenario "the end of the script, with closed clients" do
  process("#{prelude}[joined, produced, config.admin].each(&:close)", topic: new_topic, group: unique("exiting"))
end

scenario "the end of the script, with clients that are not started" do
  process(<<~RUBY, group: unique("exiting"))
    #{prelude}
    CLIENTS = %i[consumer producer admin].map { |kind| config("client.id": GROUP).public_send(kind, native_kafka_auto_start: false) }
  RUBY
end

scenario "the end of the script, with a message that times out" do
  process(<<~RUBY, group: "g")
    #{prelude}
    CLIENT = config("bootstrap.servers": "127.0.0.1:1", "message.timeout.ms": 300).producer
    CLIENT.delivery_callback = ->(report) { puts "failed \#{report.error}" }
    CLIENT.produce(topic: "t", payload: "p")
  RUBY
end

scenario "the end of the script, with a fork that inherits clients" do
  process(<<~RUBY, topic: new_topic, group: unique("exiting"))
    #{prelude}
    CLIENT = joined
    Process.wait(fork { puts "child" })
    puts $?.exitstatus
  RUBY
end
