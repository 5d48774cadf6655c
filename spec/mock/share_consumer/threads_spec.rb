# frozen_string_literal: true

require "timeout"

# Several threads, interrupts, and callbacks that do more than they should.
RSpec.describe Rdkafka::ShareConsumer, :share_groups do
  let(:topic) { share_topic }
  let(:group) { unique_name("group") }
  let(:member) { share_consumer(group: group, topic: topic) }
  let(:other) { share_consumer(group: group, topic: topic) }
  let(:interruption) { Class.new(StandardError) }
  let(:config_class) { Rdkafka::Config }

  around do |example|
    example.run
  ensure
    Rdkafka::Config.statistics_callback = nil
    Rdkafka::Config.error_callback = nil
    Rdkafka::Config.oauthbearer_token_refresh_callback = nil
  end

  def closed_message
    yield
  rescue Rdkafka::ClosedConsumerError => e
    e.message
  end

  # Polls until the member, which emits statistics, has its partition and fetches from it.
  def fetching(member)
    assigned = nil
    config_class.statistics_callback = ->(statistics) { assigned = statistics.dig("cgrp", "assignment_size") == 1 }
    eventually { member.poll(50) && assigned }
    member.poll(50)
    member
  end

  # Waits for the end of a thread, however it ends.
  def ended?(thread)
    !thread.join(10).nil?
  rescue StandardError
    true
  end

  describe "another thread" do
    before { member.poll(0) }

    it "is refused while one polls", statement: 134 do
      poller = blocked(member) { |client| client.poll(-1) }
      text = /\AShare consumer is not safe for multi-threaded access\. currentThread\(id: \d+\) otherThread\(id: \d+\)/
      with_text = [
        -> { member.poll(0) }, -> { member.commit_sync }, -> { member.commit_async }, -> { member.first },
        -> { member.acknowledgement_commit_callback = nil }
      ]
      without = [-> { member.subscribe(topic) }, -> { member.unsubscribe }, -> { member.subscription }]

      with_text.each do |call|
        expect(&call).to raise_error(Rdkafka::RdkafkaError) { |error|
          expect([error.code, error.broker_message]).to match([:conflict, text])
        }
      end
      without.each do |call|
        expect(&call).to raise_error(Rdkafka::RdkafkaError) { |error|
          expect([error.code, error.broker_message]).to eq([:conflict, nil])
        }
      end
      expect([member.events_poll, member.closed?, member.name]).to match([Integer, false, /\Ardkafka#consumer-\d+\z/])
      publish(topic, "1")
      expect(within(10) { poller.value }.size).to eq(1)
    end

    it "may use it afterwards", defect: 21 do
      publish(topic, "1")
      expect(within(10) { first_records(member) }.size).to eq(1)
      expect(within(10) { member.commit_sync }).not_to be_nil
    end

    it "may serve its events meanwhile" do
      names = Thread::Queue.new
      config_class.statistics_callback = ->(statistics) { names << [statistics["name"], Thread.current] }
      busy = share_consumer(topic: topic, "statistics.interval.ms": 20)
      poller = blocked { busy.poll(-1) }
      server = Thread.new { busy.events_poll(10) until Thread.current[:stop] }
      found = within(10) { Array.new(20) { names.pop } }
      server[:stop] = true
      server.join
      expect(found.map(&:first).uniq).to eq([busy.name])
      expect(found.map(&:last) - [poller, server]).to be_empty
      publish(topic, "1")
      expect(within(10) { poller.value }.size).to eq(1)
    end

    it "may close it, which ends the poll", statement: 135 do
      poller = blocked(member) { |client| [client.poll(-1), closed_message { client.poll(0) }] }
      closers = Array.new(8) { Thread.new { member.close } }
      expect(within(20) { closers.map(&:value) }).to eq([nil] * 8)
      expect(within(10) { poller.value }).to eq([[], "Illegal call to poll on a closed consumer"])
    end

    it "may close it, which ends the iteration" do
      poller = blocked(member) { |client| client.each { nil } }
      within(20) { member.close }
      expect(within(10) { poller.value }).to be_nil
    end
  end

  describe "an interrupt" do
    {
      "Thread#kill" => ->(thread, _) { thread.kill },
      "Thread#raise" => ->(thread, error) { thread.raise(error) }
    }.each do |name, interrupt|
      it "by #{name} ends a poll, which loses nothing", defect: 18, statement: [144, 146] do
        poller = blocked(member) { |client| client.poll(-1) }
        interrupt.call(poller, interruption)
        expect(ended?(poller)).to be(true)
        publish(topic, "1")
        expect(first_records(member).map(&:payload)).to eq(["1"])
        expect(within(10) { member.close }).to be_nil
      end
    end

    it "ends a commit, which is sent all the same" do
      cluster = closing(KarafkaNative::MockCluster.new(brokers: 2))
      cluster.start_share_groups_at(:earliest)
      topic = share_topic(cluster: cluster)
      servers = { "bootstrap.servers": KafkaClients.bootstrap_servers(cluster) }
      producer(**servers).produce(topic: topic, payload: "1", partition: 0).wait
      slow = share_consumer(topic: topic, group: group, **servers)
      first_records(slow)
      cluster.set_round_trip_time(2_000)
      committer = blocked { slow.commit_sync(-1) }
      committer.raise(interruption)
      expect { within(1.5) { committer.value } }.to raise_error(interruption)
      cluster.set_round_trip_time(0)
      expect(within(20) { slow.close }).to be_nil
      expect(share_consumer(topic: topic, group: group, **servers).poll(300)).to eq([])
    end

    it "ends the wait for a fetch when unsubscribing" do
      options = { "fetch.wait.max.ms": 20_000, "statistics.interval.ms": 50 }
      slow = fetching(share_consumer(group: group, topic: topic, **options))
      leaver = blocked { slow.unsubscribe }
      leaver.raise(interruption)
      expect { within(5) { leaver.value } }.to raise_error(interruption)
      expect(code_of { slow.poll(0) }).to eq(:state)
    end

    it "unsubscribes even if a signal follows an interrupt at once, and does not lose it" do
      outcome = run_child(<<~RUBY, topic: topic)
        client = share_consumer(TOPIC, "fetch.wait.max.ms": 20_000, "statistics.interval.ms": 50)
        joined = false
        Rdkafka::Config.statistics_callback = ->(statistics) { joined = statistics.dig("cgrp", "assignment_size") == 1 }
        client.poll(50) until joined
        client.poll(50) # begins a fetch, whose end unsubscribing waits for
        trap("USR1") do
          Process.kill("USR2", Process.pid)
          raise "first"
        end
        trap("USR2") { raise "second" }
        Thread.new do
          asleep(Thread.main)
          Process.kill("USR1", Process.pid)
        end
        # Ruby may let the second exception replace the first one, or raise it later.
        steps = [-> { client.unsubscribe }, -> { sleep(1) }]
        raised = []
        begin
          steps.shift.call
        rescue StandardError => e
          raised << e.message
          retry if raised == ["first"]
        end
        puts raised.last
        begin
          client.poll(0)
        rescue Rdkafka::RdkafkaError => e
          puts e.code
        end
      RUBY

      expect(outcome).to print_lines("second", "state")
    end

    it "lets close be repeated", defect: 19, statement: 145 do
      cluster = closing(KarafkaNative::MockCluster.new(brokers: 2))
      topic = share_topic(cluster: cluster)
      options = { "bootstrap.servers": KafkaClients.bootstrap_servers(cluster), "statistics.interval.ms": 50 }
      slow = fetching(share_consumer(topic: topic, **options))
      cluster.set_round_trip_time(1_500)
      closer = blocked { slow.close }
      closer.raise(interruption)
      expect { within(5) { closer.value } }.to raise_error(interruption)
      expect(slow).not_to be_closed
      expect([within(20) { slow.close }, slow.closed?]).to eq([nil, true])
    end

    it "by Timeout ends whatever waits" do
      member.poll(0)
      [-> { member.poll(-1) }, -> { member.events_poll(-1) }, -> { member.each { nil } }].each do |wait|
        expect { within(10) { Timeout.timeout(0.05) { wait.call } } }.to raise_error(Timeout::Error)
      end
    end
  end

  describe "callbacks" do
    {
      "raise" => ->(error) { raise error },
      "end their thread" => ->(_) { Thread.exit }
    }.each do |what, act|
      it "that #{what} cost no record", defect: [6, 18], statement: 144 do
        armed = false
        received = nil
        config_class.statistics_callback = lambda do |statistics|
          armed ? act.call(interruption) : received = statistics["rxmsgs"]
        end
        noisy = share_consumer(group: group, topic: topic, "statistics.interval.ms": 100)
        publish(topic, "1", "2")
        records = noisy.poll(0) # none, unless this takes long
        eventually { noisy.events_poll(50) && received == 2 }
        sleep(0.3) # records and other statistics wait in the client now
        armed = true
        poller = Thread.new { noisy.poll(0) || :returned }
        poller.report_on_exception = false
        expect(ended?(poller)).to be(true)
        expect(what == "raise" ? poller.status : poller.value).to be_nil
        armed = false

        # They may have waited in librdkafka or in the driver, and statistics end a poll, too.
        eventually { records.concat(noisy.poll(100)).size >= 2 }
        expect(deliveries(records)).to eq([[0, 1], [1, 1]])
        noisy.unsubscribe
        expect(other.poll(300)).to eq([])
      end
    end

    it "run while a long poll waits", defect: [33, 38], statement: 133 do
      count = 0
      config_class.statistics_callback = ->(_) { (count += 1) == 6 && throw(:enough, :thrown) }
      started = monotonic_seconds
      noisy = share_consumer(topic: topic, "statistics.interval.ms": 50)
      expect(catch(:enough) { noisy.poll(20_000) }).to eq(:thrown)
      # None twice.
      expect(monotonic_seconds - started).to be > 0.2
    end

    it "run without fetching while events are polled", statement: 133 do
      publish(topic, "1")
      names = []
      config_class.statistics_callback = ->(statistics) { names << statistics["name"] }
      noisy = share_consumer(group: group, topic: topic, "statistics.interval.ms": 20)
      expect(noisy.events_poll(5_000)).to be_positive
      eventually { noisy.events_poll_nb(5) && names.size > 3 }
      expect(names.uniq).to eq([noisy.name])
      noisy.close
      expect(deliveries(first_records(other))).to eq([[0, 1]])
    end

    it "for tokens come with the first poll, and again while one waits", defect: 33, statement: 133 do
      asked = Thread::Queue.new
      client = nil
      config_class.oauthbearer_token_refresh_callback = lambda do |_config, name|
        asked << name
        client.oauthbearer_set_token(token: "t", lifetime_ms: ((Time.now.to_f + 2) * 1_000).to_i, principal_name: "p")
      end
      client = share_consumer(
        topic: topic, "security.protocol": "sasl_plaintext", "sasl.mechanisms": "OAUTHBEARER"
      )
      expect(asked).to be_empty
      poller = blocked { client.poll(-1) }
      expect(within(10) { Array.new(2) { asked.pop } }).to eq([client.name] * 2)
      poller.kill
    end

    it "hear of errors" do
      errors = Thread::Queue.new
      config_class.error_callback = ->(error) { errors << error }
      cluster = KarafkaNative::MockCluster.new
      servers = cluster.bootstrap_servers
      cluster.close
      gone = share_consumer(topic: topic, "bootstrap.servers": servers)
      eventually { gone.poll(50) && !errors.empty? }
      expect(errors.pop).to have_attributes(instance_name: gone.name, fatal?: false)
    end

    {
      "statistics" => [true, ->(member, call) { Rdkafka::Config.statistics_callback = ->(_) { call.call(member) } }],
      "a commit" => [false, ->(member, call) { member.acknowledgement_commit_callback = ->(*) { call.call(member) } }]
    }.each do |kind, (statistics, set)|
      it "of #{kind} may close the consumer", defect: 20 do
        publish(topic, "1")
        options = statistics ? { "statistics.interval.ms": 20 } : {}
        member = share_consumer(group: group, topic: topic, **options)
        set.call(member, :close.to_proc)
        ended = within(20) do
          member.poll(100) until member.closed?
          :closed
        rescue Rdkafka::ClosedConsumerError
          :closed
        end
        expect([ended, member.closed?]).to eq([:closed, true])
      end
    end
  end

  describe "a fatal error", defect: 34 do
    it "is raised by every poll and told to the callback" do
      errors = []
      config_class.error_callback = ->(error) { errors << error }
      member.poll(0)
      member.instance_variable_get(:@native).test_fatal_error(47, "fenced")

      2.times do
        expect { within(10) { member.poll(1_000) } }.to raise_error(Rdkafka::RdkafkaError) { |error|
          expect([error.rdkafka_response, error.fatal?, error.broker_message]).to match([47, true, /fenced/])
        }
      end
      expect(errors.map { |error| [error.rdkafka_response, error.fatal?, error.instance_name] })
        .to eq([[47, true, member.name]])
      [-> { member.subscribe(topic) }, -> { member.unsubscribe }].each do |call|
        expect(&call).to raise_error(Rdkafka::RdkafkaError) { |error| expect(error.rdkafka_response).to eq(47) }
      end
      expect(within(20) { member.close }).to be_nil
    end
  end
end
