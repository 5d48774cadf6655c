# frozen_string_literal: true

# Each public method is called 20 times, mostly on objects of their own that are closed then. What is still there
# afterwards is counted: descriptors, native threads, memory, entries in tables of the process, objects.
RSpec.describe "Calling every public method", file: "/proc/self/task" do
  let(:setup) do
    <<~RUBY
      require "support/public_calls"
      fill(TOPIC, 10)
      PublicCalls.prepare
      KIND = PublicCalls.kinds.fetch(NAME)
      OWNER = KIND.owner && Object.const_get(KIND.owner)

      def there
        GC.start
        tables = [Rdkafka::Config.opaques.size, Rdkafka::AbstractHandle::REGISTRY.size]
        kinds = [*OWNER, KarafkaNative::Internal::Callbacks, Rdkafka::Opaque, Rdkafka::AbstractHandle]
        { descriptors: Dir.children("/proc/self/fd").size, threads: Dir.children("/proc/self/task").size, tables: tables.sum,
          objects: kinds.sum { |kind| ObjectSpace.each_object(kind).count } }
      end

      def once(method)
        object = KIND.make
        KIND.attempt(object, method) # it may leave nothing behind when it fails, either
      ensure
        object.close if object.respond_to?(:close)
      end

      # Calls in threads of their own leave no stack that seems to name the clients.
      def many(times, method)
        Thread.new { times.times { once(method) } }.join
      end

      def memory = File.read("/proc/self/statm").split[1].to_i * 4
    RUBY
  end

  # What is lost with each client would be 20. A stack may seem to name a client, and Ruby and the driver's reactor make
  # some things once.
  let(:tolerated) { { descriptors: 4, threads: 1, tables: 3, objects: 8 } }

  # What keeps a client of that kind from being made, at each step: checks, options, librdkafka, and the start.
  let(:failures) do
    <<~RUBY
      make = ->(kind, with = {}, **options) { config("group.id": TOPIC, **options).public_send(kind, **with) }
      key = { "security.protocol": "ssl", "ssl.key.location": "/no/such/key" }
      refreshing = { "security.protocol": "sasl_plaintext", "sasl.mechanisms": "OAUTHBEARER" }
      failures = {
        option: ->(kind) { make.call(kind, "no.such.option": 1) },
        value: ->(kind) { make.call(kind, "socket.timeout.ms": "soon") },
        security: ->(kind) { make.call(kind, **key) },
        timeout: ->(kind) { make.call(kind, { native_kafka_poll_timeout_ms: "soon" }) if kind.match?(/producer|admin/) },
        listener: lambda do |kind|
          config.tap { |made| made.consumer_rebalance_listener = 1 }.share_consumer if kind == :share_consumer
        end,
        start: lambda do |kind|
          Rdkafka::Config.oauthbearer_token_refresh_callback = ->(*) { raise IOError, "no token" }
          kind == :share_consumer ? raise(IOError) : make.call(kind, **refreshing)
        ensure
          Rdkafka::Config.oauthbearer_token_refresh_callback = nil
        end
      }
    RUBY
  end

  PublicCalls.kinds.each_key do |name|
    it "of #{name.to_s.tr("_", " ")} leaves nothing behind", **PublicCalls.needs(name) do
      outcome = run_child(<<~RUBY, seconds: 240, topic: new_topic, name: name)
        #{setup}
        methods = KIND.methods
        methods.each { |method| many(2, method) }
        at_first = memory
        methods.each do |method|
          before = there
          many(20, method)
          grown = nil
          deadline = now + 10
          loop do
            grown = there.select { |what, count| count > before[what] + #{tolerated.inspect}[what] }
            break if grown.empty? || now > deadline
            sleep(0.02)
          end
          puts [method, grown.keys.map { |what| [what, there[what] - before[what]] }].inspect unless grown.empty?
        end
        warn "\#{methods.size} methods, \#{memory - at_first} KB"
        puts "memory" if memory - at_first > 20_000
        exit!(0)
      RUBY

      expect(outcome).to print_lines
    end
  end

  %i[consumer producer admin share_consumer].each do |name|
    it "leaves nothing behind when no #{name.to_s.tr("_", " ")} can be made", **PublicCalls.needs(name) do
      outcome = run_child(<<~RUBY, seconds: 120, topic: new_topic, name: name)
        #{setup}
        #{failures}
        # In threads of their own, which leave no stack that seems to name the clients.
        many = lambda do |times, failure|
          Thread.new do
            Array.new(times) do
              failure.call(NAME)&.then { abort "made a client" }
            rescue Rdkafka::Config::ConfigError, Rdkafka::Config::ClientCreationError, ArgumentError, IOError => e
              e.class
            end
          end.value
        end
        failures.each do |step, failure|
          many.call(2, failure)
          before = there
          many.call(20, failure)
          deadline = now + 10
          grown = nil
          loop do
            grown = there.select { |what, count| count > before[what] + #{tolerated.inspect}[what] }
            break if grown.empty? || now > deadline
            sleep(0.02)
          end
          puts [step, grown].inspect unless grown.empty?
        end
        exit!(0)
      RUBY

      expect(outcome).to print_lines
    end
  end
end
