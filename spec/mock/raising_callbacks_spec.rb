# frozen_string_literal: true

# What becomes of exceptions of the application's own callbacks, as documented at their setters.
RSpec.describe "A callback that raises" do
  let(:topic) { |example| example.metadata[:share_groups] ? share_topic : new_topic }
  let(:logged) { Thread::Queue.new }
  let(:mine) { Class.new(StandardError) }
  let(:refreshing) { { "security.protocol": "sasl_plaintext", "sasl.mechanisms": "OAUTHBEARER" } }

  before { allow(Rdkafka::Config.logger).to receive(:error) { |line| logged << line } }

  # Options that make a client call the callback of that name soon, and again.
  options = { statistics: { "statistics.interval.ms": 1 }, error: { "bootstrap.servers": "127.0.0.1:1" } }
  places = {
    "poll of a consumer" => :consumer.to_proc,
    "events_poll of a consumer" => ->(made) { made.tap { made.consumer_poll_set = false }.consumer },
    "events_poll_nb_each of a producer" => ->(made) { made.producer(run_polling_thread: false) },
    "events_poll_nb_each of an admin client" => ->(made) { made.admin(run_polling_thread: false) },
    "flush of a producer" => ->(made) { made.producer(run_polling_thread: false) },
    "poll of a share consumer" => :share_consumer.to_proc, "events_poll of a share consumer" => :share_consumer.to_proc
  }

  def use(client, place)
    case method = place[/\w+/]
    when "flush" then client.produce(topic: "t") && client.flush(20)
    when "events_poll_nb_each" then client.events_poll_nb_each { nil } && sleep(0.01)
    else client.public_send(method, 20)
    end
  end

  # Has a callback of that name raise while the block runs.
  def raising(name)
    Rdkafka::Config.public_send(:"#{name}_callback=", ->(*) { raise mine, "by #{name}" })
    yield
  ensure
    Rdkafka::Config.public_send(:"#{name}_callback=", nil)
  end

  def until_raised(seconds = 20)
    deadline = monotonic_seconds + seconds
    yield while monotonic_seconds < deadline
  end

  options.each do |name, settings|
    places.each do |place, make|
      it "comes out of #{place}: #{name}", share_groups: place.include?("share") do
        client = closing(make.call(config("group.id": topic, **settings)))
        client.subscribe(topic) if client.respond_to?(:subscribe)

        raising(name) { expect { until_raised { use(client, place) } }.to raise_error(mine) }
        # It can be used all the same.
        expect(client).not_to be_closed
        expect { use(client, place) }.not_to raise_error
        client.purge if client.respond_to?(:purge)
      end
    end

    it "ends a polling thread, and is raised in the main thread: #{name}", defect: 6 do
      result = run_child(<<~RUBY, topic: topic)
        client = producer(**#{settings.inspect})
        begin
          Rdkafka::Config.#{name}_callback = ->(*) { raise IOError, "on purpose" }
          sleep(20)
        rescue IOError => e
          Rdkafka::Config.#{name}_callback = nil
          puts e.message
        end
        client.close
        puts client.closed?
      RUBY

      expect(result).to print_lines("on purpose", "true")
    end
  end

  it "is the cause of what the next one raises, if both are called at a time" do
    client = consumer("statistics.interval.ms": 1, "bootstrap.servers": "127.0.0.1:1")
    raised = nil
    eventually do
      raising(:error) { raising(:statistics) { sleep(0.02) && client.poll(0) } }
    rescue mine => e
      raised = e if e.cause
    end
    expect([raised, raised.cause].map(&:message)).to contain_exactly("by error", "by statistics")
  end

  it "comes out of close, which can be repeated: error" do
    client = nil
    # There may be nothing to call it for yet.
    raised = eventually do
      client = closing(config("group.id": topic, "bootstrap.servers": "127.0.0.1:1").consumer)
      sleep(0.05)
      raising(:error) { client.close }
      nil
    rescue mine => e
      e
    end
    expect(raised).to be_a(mine)
    expect(client).not_to be_closed
    expect(client.close).to be_nil
    expect(client).to be_closed
  end

  it "comes out of the factory method: oauthbearer_token_refresh" do
    raising(:oauthbearer_token_refresh) { expect { config(**refreshing).producer }.to raise_error(mine) }
  end

  it "may throw, which leaves no client of the factory method open: oauthbearer_token_refresh", statement: 99 do
    refused = nil
    allow(Rdkafka::Producer).to receive(:new).and_wrap_original do |original, *arguments|
      refused = original.call(*arguments)
    end
    Rdkafka::Config.oauthbearer_token_refresh_callback = ->(*) { throw(:out, :thrown) }

    expect(catch(:out) { config(**refreshing).producer }).to eq(:thrown)
    expect(refused).to be_closed
  ensure
    Rdkafka::Config.oauthbearer_token_refresh_callback = nil
  end

  it "comes out of start, which can be repeated: oauthbearer_token_refresh" do
    client = nil
    raising(:oauthbearer_token_refresh) do
      client = closing(config(**refreshing, "message.timeout.ms": 50).producer(native_kafka_auto_start: false))
      expect { client.start }.to raise_error(mine)
    end
    delivered = Thread::Queue.new
    client.delivery_callback = ->(_) { delivered << Thread.current.name }
    client.start
    client.produce(topic: topic)

    expect(delivered.pop(timeout: 20)).to start_with("rdkafka.native_kafka#")
  end

  deliveries = {
    "on the polling thread" => ->(client) { client.produce(topic: topic, partition: 0).wait },
    "in flush" => ->(client) { client.produce(topic: topic, partition: 0) && client.flush(20_000) },
    "in close" => ->(client) { client.produce(topic: topic, partition: 0) && client.close }
  }
  deliveries.each do |place, deliver|
    it "is logged, and nothing else happens, #{place}: delivery", defect: 6 do
      client = producer
      client.delivery_callback = ->(_) { raise NotImplementedError, "on purpose" }
      instance_exec(client, &deliver)

      expect(logged.pop(timeout: 10)).to eq("Unhandled exception: NotImplementedError - on purpose")
      expect(messages_of(topic).size).to eq(1)
    end
  end

  { "has only add" => "lines << line", "raises" => "raise(IOError, line)" }.each do |what, body|
    it "ends no thread when the logger #{what}: delivery" do
      result = run_child(<<~RUBY, topic: topic)
        lines = Thread::Queue.new
        logger = Object.new
        logger.define_singleton_method(:add) { |_, line| #{body} }
        own = config
        own.logger = Rdkafka::Config.logger = logger
        [config, own].map(&:producer).each do |client|
          client.delivery_callback = ->(_) { raise IOError, "on purpose" }
          2.times { puts client.produce(topic: TOPIC, partition: 0).wait.error.inspect }
          client.close
        end
        puts lines.size
      RUBY

      failures = what == "raises" ? 4 : 0
      expect(result).to print_lines("nil", "nil", "nil", "nil", 4 - failures)
      expect(result.err.scan("the logger failed with IOError").size).to eq(failures)
    end
  end

  # Ruby keeps the destination in a variable that all Ruby code uses.
  it "may throw, which ends the method, after the callbacks that are due were called, too: delivery" do
    result = run_child(<<~RUBY)
      client = config("bootstrap.servers": "127.0.0.1:1").producer(run_polling_thread: false)
      payloads = []
      client.delivery_callback = lambda do |report|
        payloads << report.label
        throw(:out, :thrown) if payloads.one?
        catch(:in) { throw :in }
        Integer("none") rescue nil
      end
      3.times { |number| client.produce(topic: "t", label: number) }
      begin
        puts catch(:out) { client.purge }
      ensure
        puts "left"
      end
      p payloads
    RUBY

    expect(result).to print_lines("thrown", "left", "[0, 1, 2]")
  end

  { "in poll" => ->(client) { client.poll(50) }, "in close" => lambda(&:close) }.each do |place, call|
    it "is logged, and the rebalance goes on, #{place}: rebalance listener" do
      publish(topic, "1")
      failing = double
      allow(failing).to receive(:on_partitions_assigned) { raise mine, "assigned" if place == "in poll" }
      allow(failing).to receive(:on_partitions_revoked) { raise mine, "revoked" }
      made = config("group.id": topic, "auto.offset.reset": "earliest")
      made.consumer_rebalance_listener = failing
      client = closing(made.consumer)
      client.subscribe(topic)
      expect(eventually(20) { client.poll(50) }.payload).to eq("1")
      call.call(client)

      expect(logged.pop(timeout: 10)).to end_with(place == "in poll" ? " - assigned" : " - revoked")
    end
  end

  it "is logged, and the acknowledgement counts: acknowledgement commit callback", :share_groups do
    member = share_consumer(topic: topic)
    member.acknowledgement_commit_callback = ->(*) { raise mine, "on purpose" }
    publish(topic, "1")
    first_records(member)

    expect(member.commit_sync(20_000).to_h.fetch(topic).map(&:err)).to eq([0])
    expect(logged.pop(timeout: 10)).to end_with(" - on purpose")
  end

  it "is written to standard error, and the next line comes: logger" do
    result = run_child(<<~RUBY)
      lines = Thread::Queue.new
      failing = Object.new
      failing.define_singleton_method(:add) { |_, line| (lines << line).size == 1 ? raise(IOError, "on purpose") : nil }
      Rdkafka::Config.logger = failing
      2.times { |number| Rdkafka::Config.log_queue << [1, number.to_s] }
      Rdkafka::Config.ensure_log_thread
      puts lines.pop, lines.pop
    RUBY

    expect(result).to print_lines(0, 1)
    expect(result.err).to include("the logger failed with IOError: on purpose")
  end
end
