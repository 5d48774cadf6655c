# frozen_string_literal: true

require "json"

RSpec.describe "Logs, statistics and errors of clients" do
  let(:config_class) { Rdkafka::Config }
  let(:topic) { new_topic }

  around do |example|
    logger = config_class.logger
    example.run
  ensure
    config_class.logger = logger
    config_class.statistics_callback = nil
    config_class.error_callback = nil
  end

  # Collects what is logged as severity and line.
  def collect_logs
    lines = Thread::Queue.new
    config_class.logger = Object.new.tap { |logger| logger.define_singleton_method(:add) { |*line| lines << line } }
    lines
  end

  # Collects the statistics of all clients whose name matches.
  def collect_statistics
    Thread::Queue.new.tap { |queue| config_class.statistics_callback = ->(statistics) { queue << statistics } }
  end

  def collect_errors
    Thread::Queue.new.tap { |queue| config_class.error_callback = ->(error) { queue << error } }
  end

  # The next entry for which the block is true.
  def await(queue, seconds: 10)
    deadline = monotonic_seconds + seconds
    loop do
      entry = queue.pop(timeout: [deadline - monotonic_seconds, 0].max)
      raise KafkaClients::TooSlow, "nothing of the kind within #{seconds} seconds" if entry.nil?
      return entry if yield(entry)
    end
  end

  describe "logs" do
    it "go to the logger, with a prefix", statement: 80 do
      lines = collect_logs
      client = producer(debug: "all")
      severity, line = await(lines) { |_, text| text.include?(client.name) }

      expect(severity).to be_between(Logger::DEBUG, Logger::UNKNOWN)
      expect(line).to start_with("rdkafka: ")
    end

    it "have librdkafka's debug lines at debug level", statement: 79 do
      lines = collect_logs
      client = producer(debug: "all")
      client.produce(topic: topic, payload: "a").wait
      _, line = await(lines) { |severity, _| severity == Logger::DEBUG }

      expect(line).to match(/\Ardkafka: .+/)
    end

    it "have what goes wrong at a higher level", statement: 79 do
      lines = collect_logs
      unreachable_producer
      severity, = await(lines) { |_, text| text.include?("127.0.0.1:1") }

      expect(severity).to eq(Logger::ERROR).or eq(Logger::FATAL).or eq(Logger::WARN).or eq(Logger::INFO)
    end

    it "include those of the creation of a client" do
      lines = collect_logs
      closing(config(debug: "conf", "client.id": "at-creation").producer)

      expect { await(lines) { |_, text| text.include?("client.id = at-creation") } }.not_to raise_error
    end

    it "of a consumer come while it polls" do
      lines = collect_logs
      client = consumer(debug: "all")
      name = client.name
      client.poll(50)

      expect { await(lines) { |_, text| text.include?(name) } }.not_to raise_error
    end

    it "are written by a thread of their own" do
      threads = Thread::Queue.new
      config_class.logger = Object.new.tap do |logger|
        logger.define_singleton_method(:add) { |*| threads << Thread.current }
      end
      producer(debug: "all")
      thread = threads.pop(timeout: 10)

      expect(thread).not_to equal(Thread.current)
      expect(thread.name.to_s).not_to include("native_kafka")
    end

    it "go to the logger that is set when they are written" do
      lines = collect_logs
      client = producer(debug: "all")
      await(lines) { |_, text| text.include?(client.name) }
      other = collect_logs
      client.produce(topic: topic, payload: "a").wait

      expect(other.pop(timeout: 10)).to match([Integer, /\Ardkafka: /])
    end

    it "go on after the logger has failed" do
      lines = Thread::Queue.new
      config_class.logger = Object.new.tap do |logger|
        logger.define_singleton_method(:add) do |*line|
          lines << line
          raise IOError, "disk full" if lines.size == 1
        end
      end

      expect do
        producer(debug: "all")
        eventually { lines.size >= 3 }
      end.to output(/disk full/).to_stderr
    end

    it "are kept in a forked process, too", statement: 2 do
      options = { "bootstrap.servers": KafkaClients.bootstrap_servers, debug: "all" }
      producer

      expect(in_fork do
        log = StringIO.new
        config_class.logger = Logger.new(log)
        made = config_class.new(options).producer
        made.produce(topic: "forked", payload: "a").wait
        made.close
        eventually { log.string.lines.size >= 20 }
      end).to be(true)
    end
  end

  describe "statistics" do
    let(:client) { producer("statistics.interval.ms": 120) }

    it "come as a Hash that has nothing lost", statement: 74 do
      emitted = collect_statistics
      client.produce(topic: topic, payload: "a").wait
      statistics = await(emitted) do |candidate|
        candidate["name"] == client.name && candidate.dig("topics", topic, "partitions", "0")
      end

      expect(statistics.keys).to start_with("name", "client_id", "type", "ts", "time", "age", "replyq", "msg_cnt")
      expect(statistics).to include("type" => "producer", "client_id" => "rdkafka", "simple_cnt" => 0)
      expect(statistics["brokers"].values.map(&:keys)).to all(include("rtt", "toppars", "req"))
      expect(statistics["topics"][topic]["partitions"]["0"]).to include("partition" => 0, "txmsgs" => 1)
      expect(JSON.parse(JSON.generate(statistics))).to eq(statistics)
    end

    it "have frozen UTF-8 keys and UTF-8 values", statement: 74 do
      emitted = collect_statistics
      client
      texts = lambda do |node|
        case node
        when Hash then node.keys + node.values.flat_map(&texts)
        when Array then node.flat_map(&texts)
        when String then [node]
        else []
        end
      end
      statistics = await(emitted) { |candidate| candidate["name"] == client.name }
      keys = lambda do |node|
        node.is_a?(Hash) ? node.keys + node.values.flat_map(&keys) : []
      end

      expect(keys.call(statistics)).to all(be_a(String).and(be_frozen))
      expect(texts.call(statistics).map(&:encoding).uniq).to eq([Encoding::UTF_8])
      expect(statistics["ts"]).to be_an(Integer)
    end

    it "may be changed: each emission is a Hash of its own" do
      emitted = collect_statistics
      client
      first, second = Array.new(2) { await(emitted) { |candidate| candidate["name"] == client.name } }
      first["brokers"].clear
      first["new"] = 1

      expect(second).not_to equal(first)
      expect(second["brokers"]).not_to be_empty
      expect(second).not_to have_key("new")
      expect(second["ts"]).to be > first["ts"]
    end

    it "of a producer come on its polling thread" do
      threads = Thread::Queue.new
      config_class.statistics_callback = ->(statistics) { threads << [statistics["name"], Thread.current.name] }
      name = client.name
      found = await(threads) { |candidate, _| candidate == name }

      expect(found.last).to include(name.delete_prefix("rdkafka"))
    end

    it "of a consumer come on the thread that polls, and have its group" do
      found = []
      config_class.statistics_callback = ->(statistics) { found << [statistics, Thread.current] }
      reader = consumer("statistics.interval.ms": 120)
      eventually { reader.poll(20) || found.any? }

      expect(found.first.first).to include("type" => "consumer", "name" => reader.name, "cgrp" => include("state"))
      expect(found.map(&:last).uniq).to eq([Thread.current])
    end

    it "of a consumer have all of librdkafka's keys, in its order" do
      emitted = collect_statistics
      reader = consumer("statistics.interval.ms": 120)
      eventually { reader.poll(20) || !emitted.empty? }

      expect(emitted.pop.keys.join(" ")).to eq(
        "name client_id type ts time age replyq msg_cnt msg_size msg_max msg_size_max simple_cnt metadata_cache_cnt " \
        "brokers topics cgrp tx tx_bytes rx rx_bytes txmsgs txmsg_bytes rxmsgs rxmsg_bytes"
      )
    end

    it "of an admin client come on its polling thread" do
      emitted = collect_statistics
      name = admin("statistics.interval.ms": 120).name

      expect(await(emitted) { |candidate| candidate["name"] == name }).to include("type" => "producer")
    end

    it "do not come unless wanted" do
      emitted = collect_statistics
      quiet = producer
      quiet.produce(topic: topic, payload: "a").wait
      wanted = client.name
      await(emitted) { |candidate| candidate["name"] == wanted }

      expect(Array.new(emitted.size) { emitted.pop["name"] }).not_to include(quiet.name)
    end

    it "may come more often than the polling thread looks up" do
      expect(run_child(<<~RUBY, seconds: 15)).to print_lines("closed")
        Rdkafka::Config.statistics_callback = ->(_) {}
        client = producer("statistics.interval.ms": 5)
        client.produce(topic: "often", payload: "a").wait
        client.close
        puts "closed"
      RUBY
    end

    it "raise out of poll" do
      reader = consumer("statistics.interval.ms": 120)
      config_class.statistics_callback = ->(_) { raise IOError, "no statistics" }

      expect { eventually { reader.poll(20) } }.to raise_error(IOError, "no statistics")
      config_class.statistics_callback = nil
      expect(reader.poll(0)).to be_nil
    end

    ['quo"te', "back\\slash", "escape\\n", "li\nne", "bytes \xff", "é", "a\", \"type\": \"b", "x" * 2_000].each do |id|
      it "come for a client with the id #{id[0, 30].inspect}" do
        queue = collect_statistics
        made = producer("client.id": id, "statistics.interval.ms": 50)
        consumer("client.id": id, "statistics.interval.ms": 50).then { |client| await_statistics_of(client, queue) }
        found = await(queue) { |statistics| statistics["type"] == "producer" }

        expect(found).to include("client_id" => id.scrub, "name" => made.name.dup.force_encoding("UTF-8").scrub)
      end
    end

    def await_statistics_of(client, queue)
      polls = Thread.new { client.poll(20) until Thread.current[:done] }
      await(queue) { |statistics| statistics["type"] == "consumer" }
    ensure
      polls[:done] = true
      polls.join
    end

    it "have topics whose names are no UTF-8" do
      queue = collect_statistics
      client = unreachable_producer("statistics.interval.ms": 50)
      client.produce(topic: "bytes \xff", payload: "a")

      expect(await(queue) { |statistics| statistics["topics"].any? }["topics"].keys).to eq(["bytes \ufffd"])
    end

    it "are left out, which is logged once, when a topic's name makes them unreadable" do
      lines = collect_logs
      queue = collect_statistics
      client = unreachable_producer("statistics.interval.ms": 20)
      client.produce(topic: 'quo"te', payload: "a")
      await(lines) { |severity, line| severity == Logger::WARN && line.include?("statistics of a client are left out") }
      queue.clear
      other = producer("statistics.interval.ms": 20)
      await(queue) { |statistics| statistics["name"] == other.name }
      await(queue) { |statistics| statistics["name"] == other.name }

      expect(Thread.list.map(&:name)).to include("rdkafka.native_kafka##{client.name.delete_prefix("rdkafka")}")
      expect(Array.new(lines.size) { lines.pop }.flatten.grep(/are left out/)).to be_empty
    end

    describe "and the cache of partition counts" do
      let(:cache) { Rdkafka::Producer.partitions_count_cache }
      let(:topic) { new_topic(partitions: 3) }

      it "feed it, with topics that nobody has asked for, without the unassigned entry", statement: 48 do
        emitted = collect_statistics
        client.produce(topic: topic, payload: "a").wait
        await(emitted) { |candidate| candidate.dig("topics", topic, "partitions")&.key?("2") }

        expect(cache.to_h.fetch(topic)[1]).to eq(3)
      end

      it "keep its entries fresh", statement: 48 do
        emitted = collect_statistics
        client.produce(topic: topic, payload: "a").wait
        await(emitted) { |candidate| candidate.dig("topics", topic, "partitions")&.key?("2") }
        before = cache.to_h.fetch(topic)[0]

        expect(eventually { cache.to_h.fetch(topic)[0] > before }).to be(true)
      end

      it "do not feed it without a callback", statement: 48 do
        asked = Thread::Queue.new
        allow(client.instance_variable_get(:@callbacks)).to receive(:statistics?).and_wrap_original do |wanted|
          wanted.call.tap { asked << true }
        end
        client.produce(topic: topic, payload: "a").wait
        asked.clear
        await(asked, &:itself)
        await(asked, &:itself)

        expect(cache.to_h).not_to have_key(topic)
      end

      it "do not make entries for topics that have only the unassigned one", statement: 48 do
        emitted = collect_statistics
        stranded = unreachable_producer("statistics.interval.ms": 120)
        name = unique_name("stranded")
        stranded.produce(topic: name, payload: "a")
        await(emitted) { |candidate| candidate.dig("topics", name, "partitions")&.key?("-1") }

        expect(cache.to_h).not_to have_key(name)
      end

      it "feed it with all partitions, also of a consumer whose statistics have only the assigned ones", defect: 9 do
        emitted = collect_statistics
        reader = consumer("statistics.interval.ms": 50, "statistics.unassigned.include": false)
        reader.assign(partition_list(topic => { 1 => 0 }))
        # The first documents may come before the other partitions are known.
        within(20) { reader.poll(20) until cache.to_h.dig(topic, 1) == 3 }

        shown = emitted.pop until emitted.empty?
        expect(shown.dig("topics", topic, "partitions").keys - ["-1"]).to eq(["1"])
      end

      it "feed it also from what is filtered out", statement: 91 do
        emitted = collect_statistics
        filtered = producer("statistics.interval.ms": 120, "statistics.unassigned.include": false)
        filtered.produce(topic: topic, payload: "a").wait
        await(emitted) { |candidate| candidate["name"] == filtered.name && candidate["txmsgs"].positive? }

        expect(eventually { cache.to_h[topic] }[1]).to eq(3)
      end
    end

    describe "without what is not assigned" do
      it "have neither topics nor partitions of a producer", statement: 91 do
        emitted = collect_statistics
        filtered = producer("statistics.interval.ms": 120, "statistics.unassigned.include": false)
        filtered.produce(topic: topic, payload: "a").wait
        statistics = await(emitted) do |candidate|
          candidate["name"] == filtered.name && candidate["txmsgs"].positive?
        end

        expect(statistics).to include("topics" => {}, "txmsgs" => Integer, "rxmsgs" => Integer)
        expect(statistics["brokers"].values).to all(include("tx", "rx", "toppars" => {}))
      end

      it "have only what is assigned of a consumer", statement: 92 do
        emitted = collect_statistics
        topic = new_topic(partitions: 10)
        reader = consumer("statistics.interval.ms": 120, "statistics.unassigned.include": false)
        reader.assign(partition_list(topic => { 1 => 0, 4 => 0 }))
        statistics = eventually do
          reader.poll(20)
          found = emitted.empty? ? nil : emitted.pop
          found if found&.dig("topics", topic, "partitions")&.key?("4") && found["brokers"].values.any? do |broker|
            broker["toppars"].any?
          end
        end

        expect(statistics["topics"][topic]["partitions"].keys - ["-1"]).to contain_exactly("1", "4")
        expect(statistics["cgrp"]).to include("state")
        expect(statistics["brokers"].values.flat_map { |broker| broker["toppars"].keys })
          .to contain_exactly("#{topic}-1", "#{topic}-4")
      end

      it "have all of a single group member, and of several those that each was assigned", statement: 92 do
        topic = new_topic(partitions: 6)
        statistics = {}
        config_class.statistics_callback = lambda do |emitted|
          found = emitted.dig("topics", topic, "partitions") and statistics[emitted["name"]] = found.keys - ["-1"]
        end
        group = { "group.id": unique_name("group"), "statistics.interval.ms": 50,
                  "statistics.unassigned.include": false, "group.protocol": "consumer" }
        members = [consumer(**group)]
        members.first.subscribe(topic)
        expect(eventually(20) { members.first.poll(20) || statistics.values == [%w[0 1 2 3 4 5]] }).to be(true)
        members << consumer(**group).tap { |other| other.subscribe(topic) }
        late = eventually(20) { members.each { |member| member.poll(20) } && statistics[members.last.name] }

        # What the first one gave up is still there for it, as stopped.
        expect(late).to eq(members.last.assignment.to_h[topic].map { |partition| partition.partition.to_s })
        expect(late.size).to eq(3)
      end

      it "halve the JSON of a consumer with many partitions, at least", statement: 93 do
        topic = new_topic(partitions: 1_000)
        sizes = [true, false].map do |unassigned|
          emitted = collect_statistics
          reader = consumer("statistics.interval.ms": 120, "statistics.unassigned.include": unassigned)
          reader.assign(partition_list(topic => (0...10).to_h { |number| [number, 0] }))
          statistics = eventually(20) do
            reader.poll(20)
            found = emitted.empty? ? nil : emitted.pop
            # Before the brokers have described the topic, it has the assigned partitions alone.
            found if found&.dig("topics", topic, "partitions", "0", "leader").to_i.positive?
          end
          expect(statistics.dig("topics", topic, "partitions").keys).to include(*"0".."9")
          reader.close
          JSON.generate(statistics).bytesize
        end

        expect(sizes.last).to be < sizes.first / 2
      end

      it "have all by default", statement: 93 do
        emitted = collect_statistics
        client.produce(topic: topic, payload: "a").wait
        statistics = await(emitted) do |candidate|
          candidate["name"] == client.name && candidate["brokers"].values.any? { |broker| broker["toppars"].any? }
        end

        expect(statistics["topics"][topic]["partitions"].keys).to include("0")
      end
    end
  end

  describe "the error callback" do
    it "gets errors that name the client, with librdkafka's reason", statement: [71, 81] do
      errors = collect_errors
      client = unreachable_producer
      error = await(errors) { |candidate| candidate.instance_name == client.name }

      expect(error).to be_a(Rdkafka::RdkafkaError).and have_attributes(code: :transport, fatal?: false, details: {})
      expect(error.broker_message).to include("127.0.0.1:1")
      expect(error.broker_message.encoding).to eq(Encoding::BINARY)
      expect(error.backtrace).not_to be_nil
      expect(error.instance_name).to match(/\Ardkafka#producer-\d+\z/)
      expect(error.message).to include("[#{client.name}]", "127.0.0.1:1")
    end

    it "hears that all brokers are down" do
      errors = collect_errors
      client = unreachable_producer

      expect(await(errors) { |error| error.code == :all_brokers_down }.instance_name).to eq(client.name)
    end

    it "of a consumer is called on the thread that polls" do
      found = []
      config_class.error_callback = ->(error) { found << [error.instance_name, Thread.current] }
      reader = consumer("bootstrap.servers": "127.0.0.1:1")
      eventually { reader.poll(20) || found.any? }

      expect(found).to all(eq([reader.name, Thread.current]))
    end

    it "raises out of poll" do
      reader = consumer("bootstrap.servers": "127.0.0.1:1")
      config_class.error_callback = ->(error) { raise error } # not before: the consumer polls when it is made

      expect { eventually { reader.poll(20) } }.to raise_error(Rdkafka::RdkafkaError)
      config_class.error_callback = nil
    end

    it "is not needed" do
      client = unreachable_producer("message.timeout.ms": 50)

      expect(client.produce(topic: "t",
        payload: "a").wait(raise_response_error: false).error.code).to eq(:msg_timed_out)
    end
  end

  describe "a callback that raises on a polling thread" do
    it "ends the process, as a bug that must not go unnoticed" do
      outcome = run_child(<<~RUBY, topic: topic)
        Rdkafka::Config.statistics_callback = ->(_) { raise IOError, "no statistics" }
        $stderr.reopen($stdout)
        producer("statistics.interval.ms": 120)
        sleep(20)
        puts "unnoticed"
      RUBY

      expect(outcome.ending).to eq(1)
      expect(outcome.out).to include("no statistics (IOError)")
      expect(outcome.out).not_to include("unnoticed")
    end
  end
end
