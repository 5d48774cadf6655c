# frozen_string_literal: true

require_relative "support/seam_process"

# Karafka's and karafka-core's patches of the driver, unmodified, whatever is loaded when.
RSpec.describe "The seam to Karafka" do
  # Everything that a listener of Karafka's hears of one rebalance, and what was committed by then.
  let(:rebalance) { <<~'RUBY' }
    require "logger"
    Rdkafka::Config.logger = Logger.new(IO::NULL)
    cluster = KarafkaNative::MockCluster.new
    cluster.create_topic("orders", partitions: 2)
    servers = { "bootstrap.servers": cluster.bootstrap_servers }
    writer = Rdkafka::Config.new(servers).producer
    2.times { |partition| writer.produce(topic: "orders", partition: partition, payload: "1").wait }

    witness = Rdkafka::Config.new(**servers, "group.id": "group").consumer
    committed = -> { witness.committed(Rdkafka::Consumer::TopicPartitionList.new("orders" =>
      [0, 1].map { |number| Rdkafka::Consumer::Partition.new(number, nil) })).to_h["orders"].map(&:offset).compact.sum }
    listener = Object.new
    %i[assign assigned revoke revoked].each do |event|
      listener.define_singleton_method("on_partitions_#{event}") do |list|
        puts "#{event} #{list.to_h.fetch("orders").size} frozen #{list.frozen?} committed #{committed.call}"
      end
    end
    config = Rdkafka::Config.new(
      **servers, "group.id": "group", "auto.offset.reset": "earliest", "enable.auto.commit": false,
      "enable.auto.offset.store": false, "partition.assignment.strategy": STRATEGY
    )
    config.consumer_rebalance_listener = listener
    config.consumer_poll_set = false
    consumer = config.consumer(native_kafka_auto_start: false)
    consumer.subscribe("orders")
    consumer.start
    got = 0
    deadline = Time.now + 30
    while got < 2 && Time.now < deadline
      consumer.events_poll(0)
      message = consumer.poll(100) or next
      consumer.store_offset(message)
      got += 1
    end
    puts "messages #{got}"
    consumer.close
    puts !defined?(::FFI::Pointer).nil?
  RUBY

  orders = [
    %w[karafka], %w[rdkafka karafka], %w[karafka-core rdkafka waterdrop karafka], %w[waterdrop karafka-native karafka]
  ]
  moments = {
    "without ffi" => ->(files) { files },
    "with ffi before" => ->(files) { ["ffi", *files] },
    "with ffi after" => ->(files) { [*files, "ffi"] }
  }

  orders.product(moments.to_a).each do |files, (moment, arrange)|
    it "takes the patches after #{files.join(", ")} #{moment}" do
      lines = seam_lines(<<~RUBY, ffi: moment != "without ffi")
        #{arrange[files]}.each { |file| require file }
        driver = Rdkafka::Bindings
        puts Karafka::FFI, defined?(::FFI::VERSION).inspect
        puts driver::RebalanceCallback.equal?(Karafka::Patches::Rdkafka::Bindings::RebalanceCallback)
        puts driver::ErrorCallback.class, Rdkafka::Config.error_callback.class
        puts Rdkafka::Opaque.include?(Karafka::Patches::Rdkafka::Opaque)
        names = %i[rd_kafka_rebalance_protocol rd_kafka_incremental_assign rd_kafka_incremental_unassign]
        puts names.map { |name| driver.method(name).source_location.first }.uniq.map { |file| file.split("/lib/").last }
        puts defined?(::FFI::Pointer) && (::FFI::Pointer::NULL == Karafka::FFI::Pointer::NULL.to_ptr)
      RUBY

      absent = moment == "without ffi"
      expect(lines).to eq(
        ["KarafkaNative::Internal::FFI", absent ? "nil" : '"constant"', "true", "KarafkaNative::Internal::FFI::Function",
         "Karafka::Core::Instrumentation::CallbacksManager", "true", "rdkafka/bindings.rb", absent ? "" : "true"]
      )
    end
  end

  it "refuses to attach a function that it does not have" do
    expect { Rdkafka::Bindings.attach_function(:rd_kafka_dance, %i[pointer], :int) }
      .to raise_error(LoadError, /rd_kafka_dance/)
  end

  [%w[karafka], %w[ffi karafka]].product(%w[range cooperative-sticky]).each do |files, strategy|
    it "commits in Karafka's callback before partitions go, #{strategy}, after #{files.join(", ")}" do
      lines = seam_lines(<<~RUBY, ffi: files.include?("ffi"))
        STRATEGY = #{strategy.inspect}
        #{files}.each { |file| require file }
        #{rebalance}
      RUBY

      expect(lines).to eq(
        ["assign 2 frozen true committed 0", "assigned 2 frozen true committed 0", "messages 2",
         "revoke 2 frozen true committed 0", "revoked 2 frozen true committed 2", files.include?("ffi").to_s]
      )
    end
  end

  it "tells errors to karafka-core's manager by the name of the client" do
    lines = seam_lines(<<~RUBY)
      require "waterdrop"
      errors = Queue.new
      Karafka::Core::Instrumentation.error_callbacks.add("mine", ->(name, error) { errors << [name, error] })
      producer = Rdkafka::Config.new("bootstrap.servers": "127.0.0.1:1", "client.id": "mine", log_level: 0).producer
      name, error = errors.pop(timeout: 20)
      puts name == producer.name, error.class, error.backtrace.class
      producer.close
    RUBY

    expect(lines).to eq(%w[true Rdkafka::RdkafkaError Array])
  end

  it "calls functions of the ffi gem that applications put into its place" do
    lines = seam_lines(<<~RUBY, ffi: true)
      require "ffi"
      require "karafka-core"
      errors = Queue.new
      Rdkafka::Bindings.send(:remove_const, :ErrorCallback)
      Rdkafka::Bindings.const_set(:ErrorCallback, FFI::Function.new(:void, %i[pointer int string pointer]) do |*all|
        errors << [Rdkafka::Bindings.rd_kafka_name(all[0]), all[1], all[2]]
      end)
      producer = Rdkafka::Config.new("bootstrap.servers": "127.0.0.1:1", "client.id": "mine", log_level: 0).producer
      name, code, reason = errors.pop(timeout: 20)
      puts name == producer.name, code.negative?, reason.class
      producer.close
    RUBY

    expect(lines).to eq(%w[true true String])
  end

  it "gives Karafka-Web the one function of the C library that it binds" do
    script = 'require "karafka/web"; puts Karafka::Web::Tracking::Helpers::Sysconf.page_size rescue puts $!.message'

    expect([seam_lines(script), seam_lines(script, ffi: true)]).to all(eq([Etc.sysconf(Etc::SC_PAGESIZE).to_s]))
  end
end
