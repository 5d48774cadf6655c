# frozen_string_literal: true

require "timeout"

RSpec.describe "Transactions" do
  let(:interruption) { Class.new(StandardError) }
  let(:cluster) { closing(KarafkaNative::MockCluster.new(brokers: 1)) }
  let(:topic) { new_topic }

  # Brokers come back in these examples: clients are to notice it soon.
  def transactional(**)
    producer("transactional.id": unique_name("transactions"), "reconnect.backoff.max.ms": 100, **)
  end

  def ready(**)
    transactional(**).tap(&:init_transactions)
  end

  # One whose brokers can be stopped.
  def ready_on(cluster, **)
    ready("bootstrap.servers": cluster.bootstrap_servers, **)
  end

  # In a transaction of which the coordinator knows, so that it takes a broker to end it.
  def begun_on(cluster, **)
    cluster.create_topic(topic, partitions: 1)
    ready_on(cluster, **).tap do |made|
      made.begin_transaction
      made.produce(topic: topic, payload: "1").wait
    end
  end

  def offsets(partitions = { 0 => 1 })
    partition_list(topic => partitions)
  end

  def interrupted(&)
    thread = blocked(&)
    thread.raise(interruption)
    expect { within(5) { thread.value } }.to raise_error(interruption)
  end

  def flags(error)
    [error.code, error.fatal?, error.retryable?, error.abortable?]
  end

  it "belong to the producer's own methods" do
    expect(Rdkafka::Producer.public_instance_methods(false)).to include(
      :init_transactions, :begin_transaction, :commit_transaction, :abort_transaction, :send_offsets_to_transaction
    )
  end

  describe "calls" do
    it "return true", statement: 50 do
      made = transactional
      expect(made.init_transactions).to be(true)
      expect(made.begin_transaction).to be(true)
      handle = made.produce(topic: topic, payload: "1")
      expect(made.commit_transaction).to be(true)
      expect(handle.wait.offset).to eq(0)
      made.begin_transaction
      expect(made.abort_transaction(5_000)).to be(true)
    end

    it "raise what librdkafka says of this very error", statement: [50, 107] do
      made = transactional
      expect(%i[begin_transaction commit_transaction abort_transaction].map { |call| error_of { made.send(call) } })
        .to all(have_attributes(code: :state, broker_message: "Operation not valid in state Init", message_prefix: nil))
      made.init_transactions
      expect(error_of { made.commit_transaction }.to_s)
        .to eq("Local: Erroneous state (state)\nOperation not valid in state Ready")
      expect(flags(error_of { made.init_transactions })).to eq([:state, false, false, false])
    end

    it "need a transactional.id" do
      expect(flags(error_of { producer.init_transactions })).to eq([:not_configured, false, false, false])
    end

    it "need timeouts that are numbers" do
      made = ready
      expect { made.commit_transaction(nil) }.to raise_error(TypeError)
      expect { made.abort_transaction("1") }.to raise_error(TypeError)
      expect { made.commit_transaction(2**40) }.to raise_error(RangeError)
      expect(made.begin_transaction).to be(true)
    end

    it "name themselves on a closed producer" do
      made = transactional.tap(&:close)
      { init_transactions: [], begin_transaction: [], commit_transaction: [1], abort_transaction: [1],
        send_offsets_to_transaction: [nil, offsets] }.each do |name, arguments|
        expect { made.send(name, *arguments) }
          .to raise_error(Rdkafka::ClosedProducerError, "Illegal call to #{name} on a closed producer")
      end
    end

    it "are refused in a forked process" do
      made = ready
      status = Process.wait2(
        fork do
          made.begin_transaction
        rescue Rdkafka::ClosedProducerError
          exit!(7)
        end
      ).last
      expect(status.exitstatus).to eq(7)
    end
  end

  describe "errors" do
    it "say when the transaction has to be aborted, and it can be" do
      made = ready
      made.begin_transaction
      KafkaClients.cluster.push_errors(:AddPartitionsToTxn, 29)
      handle = made.produce(topic: topic, payload: "1")
      expect(flags(error_of { made.commit_transaction })).to eq([:topic_authorization_failed, false, false, true])
      expect(code_of { handle.wait }).to eq(:purge_queue).or eq(:topic_authorization_failed)
      expect(made.abort_transaction).to be(true)

      made.begin_transaction
      made.produce(topic: topic, payload: "2")
      expect(made.commit_transaction).to be(true)
    end

    it "say that a newer producer has taken over, for good", statement: 52 do
      made = begun_on(cluster)
      cluster.push_errors(:EndTxn, 90)
      expect(flags(error_of { made.commit_transaction })).to eq([:fenced, true, false, false])
      expect(flags(error_of { made.begin_transaction })).to eq([:fenced, true, false, false])
      expect(error_of { made.produce(topic: topic, payload: "2") }).to have_attributes(code: :fenced, fatal?: true)
    end

    it "allow a call whose time was over to be repeated" do
      made = begun_on(cluster)
      cluster.broker_down
      expect(flags(error_of { made.commit_transaction(50) })).to eq([:timed_out, false, true, false])
      cluster.broker_up
      expect(made.commit_transaction).to be(true)
    end
  end

  describe "aborting" do
    it "gives up what is queued" do
      made = ready("linger.ms": 20_000)
      made.begin_transaction
      handles = Array.new(3) { |number| made.produce(topic: topic, payload: number.to_s) }
      expect(made.abort_transaction).to be(true)
      expect(handles.map { |handle| code_of { handle.wait } }.uniq).to eq([:purge_queue])
    end
  end

  describe "offsets of a consumer" do
    let(:reader) { consumer.tap { |made| made.subscribe(topic) } }

    it "become part of the transaction" do
      eventually { patient_poll(reader, 50) || reader.assignment.count == 1 }
      made = ready
      made.begin_transaction
      expect(made.send_offsets_to_transaction(reader, offsets)).to be(false)
      expect(made.commit_transaction).to be(true)
    end

    it "come from anything that knows its group" do
      holder = Struct.new(:consumer_group_metadata_pointer)
      made = ready
      made.begin_transaction
      given = holder.new(reader.consumer_group_metadata_pointer)
      expect(made.send_offsets_to_transaction(given, offsets, 10_000)).to be(false)
    end

    it "need not be any", statement: 51 do
      none = partition_list({})
      expect(ready.send_offsets_to_transaction(BasicObject.new, none)).to be_nil
    end

    it "leave nothing behind when they are refused" do
      holder = Struct.new(:consumer_group_metadata_pointer).new(reader.consumer_group_metadata_pointer)
      expect(error_of { ready.send_offsets_to_transaction(holder, offsets) })
        .to have_attributes(code: :state, broker_message: "Operation not valid in state Ready")
      expect { Rdkafka::Bindings.rd_kafka_consumer_group_metadata_destroy(holder.consumer_group_metadata_pointer) }
        .to raise_error(ArgumentError, /no live group metadata/)
    end

    it "are refused for a consumer that has no group or is closed" do
      made = ready
      made.begin_transaction
      nobody = closing(Rdkafka::Config.new("bootstrap.servers": KafkaClients.bootstrap_servers).consumer)
      expect(code_of { made.send_offsets_to_transaction(nobody, offsets) }).to eq(:invalid_arg)
      reader.close
      expect { made.send_offsets_to_transaction(reader, offsets) }.to raise_error(Rdkafka::ClosedConsumerError)
    end

    it "are a list, and their group is found by its pointer" do
      made = ready
      holder = Struct.new(:consumer_group_metadata_pointer)
      expect { made.send_offsets_to_transaction(reader, nil) }.to raise_error(TypeError, /TopicPartitionList/)
      expect { made.send_offsets_to_transaction(reader, { "t" => 1 }) }.to raise_error(TypeError, /TopicPartitionList/)
      expect { made.send_offsets_to_transaction(holder.new(12_345), offsets) }.to raise_error(ArgumentError, /0x3039/)
      expect { made.send_offsets_to_transaction(holder.new("x"), offsets) }.to raise_error(TypeError, /pointer/)
    end
  end

  # librdkafka starts over when it has lost all brokers, and may then wait for ever for a coordinator that it has given
  # up.
  describe "offsets of a consumer after all brokers were away for a moment" do
    def after_moments_away(**options)
      cluster = closing(KarafkaNative::MockCluster.new)
      cluster.create_topic(topic)
      made = ready_on(cluster, **options)
      member = closing(config("bootstrap.servers": cluster.bootstrap_servers, "group.id": topic).consumer)
      10.times do
        made.begin_transaction
        made.produce(topic: topic, payload: "1", partition: 0)
        cluster.broker_down
        cluster.broker_up
        within(30) { yield made, member }
      end
    end

    # Repeats what has met a lost connection.
    def persistently
      yield
    rescue Rdkafka::RdkafkaError => e
      e.code == :transport ? retry : raise
    end

    it "are sent all the same" do
      after_moments_away do |made, member|
        expect(persistently { made.send_offsets_to_transaction(member, offsets, 10_000) }).to be(false)
        expect(made.commit_transaction).to be(true)
      end
    end

    it "are given up when the time is over, if the application wants it to start over", librdkafka: "2.11" do
      after_moments_away("metadata.recovery.strategy": "rebootstrap") do |made, member|
        persistently { made.send_offsets_to_transaction(member, offsets, 500) }
        made.commit_transaction
      end
    rescue Rdkafka::RdkafkaError => e
      expect(e).to have_attributes(code: :timed_out, retryable?: true)
    end
  end

  describe "group metadata" do
    let(:reader) { consumer }

    def destroy(pointer)
      Rdkafka::Bindings.rd_kafka_consumer_group_metadata_destroy(pointer)
    end

    it "is there for a pointer until it is destroyed" do
      pointer = reader.consumer_group_metadata_pointer
      expect(pointer).to be_a(KarafkaNative::Internal::FFI::Pointer)
      expect(pointer).not_to be_null
      reader.close
      destroy(pointer)
      expect { destroy(pointer) }.to raise_error(ArgumentError, /no live group metadata/)
    end

    it "is refused for anything else" do
      expect { destroy(reader.instance_variable_get(:@native).address) }.to raise_error(ArgumentError)
      expect { destroy(nil) }.to raise_error(ArgumentError)
      expect { destroy("pointer") }.to raise_error(TypeError)
    end

    it "goes with pointers that nobody destroys" do
      2_000.times { reader.consumer_group_metadata_pointer }
      GC.start
      expect(ObjectSpace.each_object(KarafkaNative::Internal::GroupMetadataPointer).count).to be < 500
      expect(ObjectSpace.each_object(KarafkaNative::Native::GroupMetadata).count).to be < 500
    end

    it "is not for closed consumers" do
      reader.close
      expect { reader.consumer_group_metadata_pointer }
        .to raise_error(Rdkafka::ClosedConsumerError, /consumer_group_metadata_pointer/)
    end
  end

  describe "interrupted" do
    it "can be initialised later, or closed at once" do
      cluster.broker_down
      made = transactional("bootstrap.servers": cluster.bootstrap_servers)
      interrupted { made.init_transactions }
      cluster.broker_up
      expect(within(20) { made.init_transactions }).to be(true)

      never = transactional("bootstrap.servers": "127.0.0.1:1")
      interrupted { never.init_transactions }
      expect(within(4) { never.close }).to be_nil
    end

    it "end where they were left when the same call comes again" do
      made = begun_on(cluster)
      cluster.broker_down
      interrupted { made.commit_transaction }
      expect(flags(error_of { made.commit_transaction(50) })).to eq([:timed_out, false, true, false])
      cluster.broker_up
      expect(within(20) { made.commit_transaction }).to be(true)
      expect(made.begin_transaction).to be(true)
    end

    it "end before another call begins" do
      made = begun_on(cluster)
      cluster.broker_down
      interrupted { made.commit_transaction }
      cluster.broker_up
      expect(within(20) { made.begin_transaction }).to be(true)
      made.produce(topic: topic, payload: "2").wait
      cluster.broker_down
      interrupted { made.abort_transaction }
      cluster.broker_up
      expect(within(20) { made.begin_transaction }).to be(true)
    end

    it "do not lose their error" do
      made = begun_on(cluster)
      cluster.broker_down
      cluster.push_errors(:EndTxn, 90)
      interrupted { made.commit_transaction }
      cluster.broker_up
      expect(within(20) { error_of { made.begin_transaction } }).to have_attributes(code: :fenced, fatal?: true)
    end

    it "cannot be aborted when they have committed" do
      made = begun_on(cluster)
      cluster.broker_down
      interrupted { made.commit_transaction }
      cluster.broker_up
      expect(within(20) { error_of { made.abort_transaction } })
        .to have_attributes(code: :state, broker_message: "Operation not valid in state Ready")
    end

    it "can be aborted when they have failed" do
      made = begun_on(cluster)
      cluster.broker_down
      cluster.push_errors(:EndTxn, 29)
      interrupted { made.commit_transaction }
      cluster.broker_up
      expect(within(20) { made.abort_transaction }).to be(true)
    end

    it "end by Timeout and kill as well" do
      made = transactional("bootstrap.servers": "127.0.0.1:1")
      expect { within(10) { Timeout.timeout(0.1) { made.init_transactions } } }.to raise_error(Timeout::Error)
      thread = blocked { made.init_transactions }
      thread.kill
      expect(thread.join(5)).to be(thread)
    end
  end

  describe "beside each other" do
    it "are refused while one is under way" do
      made = begun_on(cluster)
      cluster.broker_down
      thread = blocked { made.commit_transaction }
      expect(flags(error_of { made.commit_transaction })).to eq([:prev_in_progress, false, true, false])
      expect(error_of { made.abort_transaction })
        .to have_attributes(code: :conflict, broker_message: /commit_transaction API call is already in progress/)
      cluster.broker_up
      expect(within(20) { thread.value }).to be(true)
    end

    it "let other threads run" do
      made = transactional("bootstrap.servers": "127.0.0.1:1")
      thread = blocked { made.init_transactions }
      expect(within(5) { 1_000.times.sum }).to eq(499_500)
      thread.kill.join
    end
  end

  describe "closing" do
    it "does not wait for ever for a call" do
      made = begun_on(cluster)
      cluster.broker_down
      thread = blocked { made.commit_transaction }
      expect(within(20) { made.close }).to be_nil
      expect { within(5) { thread.value } }.to raise_error(Rdkafka::ClosedProducerError, /commit_transaction/)
      expect { made.commit_transaction }.to raise_error(Rdkafka::ClosedProducerError)
    end

    it "waits for a call that ends" do
      made = begun_on(cluster)
      cluster.broker_down
      thread = blocked { made.commit_transaction }
      closer = blocked { made.close }
      cluster.broker_up
      expect(within(10) { thread.value }).to be(true)
      expect(within(10) { closer.value }).to be_nil
    end

    it "can be interrupted, and done again" do
      made = begun_on(cluster)
      cluster.broker_down
      interrupted { made.commit_transaction }
      interrupted { made.close }
      expect(made).not_to be_closed
      cluster.broker_up
      expect(within(20) { made.commit_transaction }).to be(true)
      expect(within(10) { made.close }).to be_nil
    end

    it "frees the producer when the call ends" do
      expect(run_child(<<~RUBY, seconds: 20)).to print_lines(:closed, 0)
        made = config("bootstrap.servers": UNREACHABLE, "transactional.id": "x", "transaction.timeout.ms": 1_000,
          "message.timeout.ms": 900, "socket.timeout.ms": 900).producer
        thread = Thread.new { made.init_transactions }
        asleep(thread)
        made.close
        puts finish(thread) == Rdkafka::ClosedProducerError ? :closed : :open
        deadline = now + 15
        sleep(0.01) while native_threads("rdk:").any? && now < deadline
        puts native_threads("rdk:").size
      RUBY
    end
  end

  describe "the end of the process" do
    it "does not wait for a call that was left" do
      outcome = run_child(<<~RUBY, seconds: 15)
        made = config("bootstrap.servers": UNREACHABLE, "transactional.id": "x").producer
        thread = Thread.new { made.init_transactions }
        asleep(thread)
        thread.kill
        puts :done
      RUBY
      expect(outcome).to print_lines(:done)
    end

    it "does not wait for a call under way, when it is interrupted by a signal" do
      outcome = run_child(<<~RUBY, seconds: 15)
        made = config("bootstrap.servers": UNREACHABLE, "transactional.id": "x").producer
        main = Thread.current
        Thread.new { asleep(main) && Process.kill(:INT, Process.pid) }
        begin
          made.init_transactions
        rescue Interrupt
          puts :interrupted
        end
      RUBY
      expect(outcome).to print_lines(:interrupted)
    end

    it "collects producers whose call was left" do
      expect(run_child(<<~RUBY, seconds: 20)).to print_lines(:collected)
        def leave
          made = config("bootstrap.servers": UNREACHABLE, "transactional.id": "x").producer
          thread = Thread.new { made.init_transactions }
          asleep(thread)
          thread.kill.join
        end
        5.times { leave }
        deadline = now + 15
        left = -> { ObjectSpace.each_object(KarafkaNative::Native::Producer).count }
        GC.start while left.call > 1 && now < deadline
        puts left.call > 1 ? left.call : :collected
      RUBY
    end
  end

  describe "delivery callbacks" do
    it "run in the thread that commits when no other serves them" do
      made = closing(config("transactional.id": unique_name("transactions")).producer(run_polling_thread: false))
      seen = []
      made.delivery_callback = ->(report) { seen << [report.error, Thread.current] }
      made.init_transactions
      made.begin_transaction
      handles = Array.new(3) { made.produce(topic: topic, payload: "1") }
      made.commit_transaction
      expect(seen).to eq([[0, Thread.current]] * 3)
      expect(handles).to all(satisfy { |handle| !handle.pending? })
    end

    it "are not lost with a commit that was left" do
      cluster.create_topic(topic, partitions: 1)
      options = config("bootstrap.servers": cluster.bootstrap_servers, "transactional.id": unique_name("transactions"),
        "reconnect.backoff.max.ms": 100)
      made = closing(options.producer(run_polling_thread: false))
      seen = []
      made.delivery_callback = ->(report) { seen << report.error }
      made.init_transactions
      made.begin_transaction
      cluster.broker_down
      handle = made.produce(topic: topic, payload: "1")
      interrupted { made.commit_transaction }
      cluster.broker_up
      eventually(20) { made.events_poll_nb_each { nil } || !handle.pending? }
      expect(seen).to eq([0])
      expect(made.commit_transaction).to be(true)
    end

    it "may raise: the commit goes on" do
      made = ready
      made.delivery_callback = ->(_report) { raise "from the callback" }
      made.begin_transaction
      handle = made.produce(topic: topic, payload: "1")
      expect(made.commit_transaction).to be(true)
      expect(handle.wait.error).to be_nil.or eq(0)
    end
  end
end
