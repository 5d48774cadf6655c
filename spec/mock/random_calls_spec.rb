# frozen_string_literal: true

# Public methods of each kind of client, found by reflection, are called in a random order with arguments that make no
# sense. Whatever they do, it is a result or a standard error, and the process goes on. The seeds are fixed.
RSpec.describe "Random calls" do
  let(:script) do
    <<~RUBY
      # These write to any descriptor, provoke a fatal error, or only say that they are gone.
      WITHOUT = %i[enable_queue_io_events enable_background_queue_io_events trigger_test_fatal_error each_batch].freeze
      ODD = [nil, true, :symbol, "", "t", "t\\0", "\\xFF".b, "x" * 5_000, -1, 0, 7, 2**31, 2**70, -2.5, Float::NAN, [], [nil],
             ["t"], {}, { "t" => 0 }, { "t" => [{ partition: 0, offset: 1 }] }, Object.new, BasicObject.new, Time.at(0),
             Rdkafka::Consumer::TopicPartitionList.new, -> {}].freeze
      # Long waits are ended like this.
      SLICE = 0.2

      def call(random, client, method)
        parameters = client.method(method).parameters
        count = ->(kind) { parameters.count { |found, _| found == kind } }
        arguments = Array.new(count.(:req) + random.rand(count.(:opt) + 1)) { ODD.sample(random: random) }
        keywords = parameters.select { |kind, _| kind == :keyreq || (kind == :key && random.rand(3).zero?) }
        keywords = keywords.to_h { |_, name| [name, ODD.sample(random: random)] }
        thread = Thread.new { client.public_send(method, *arguments, **keywords) { :stop } }
        thread.report_on_exception = false
        thread.join(SLICE) || thread.kill.join(10) || puts("\#{method} hangs")
      rescue StandardError
        nil
      rescue Exception => e
        puts "\#{method}: \#{e.class}"
      end

      def odd_calls(random, make)
        client = make.call
        methods = (client.public_methods - Object.public_instance_methods - Enumerable.public_instance_methods - WITHOUT)
        methods.sort.shuffle(random: random).cycle.first(CALLS).each do |method|
          client = make.call if client.closed?
          call(random, client, method)
        end
        Thread.new { client.close }.join(10) || puts("does not close")
      end

      random = Random.new(SEED)
      odd_calls(random, -> { #{make} })
      GC.start
      puts "done"
      exit!(0)
    RUBY
  end

  kinds = {
    producer: 'producer("message.timeout.ms": 500)', consumer: "consumer", admin: 'admin("socket.timeout.ms": 500)',
    share_consumer: 'config("group.id": "g").share_consumer'
  }
  kinds.each do |kind, make|
    describe "of the #{kind.to_s.tr("_", " ")}", *(kind == :share_consumer ? [:share_groups] : []) do
      let(:make) { make }

      (1..3).each do |seed|
        it "end in results and in standard errors, with seed #{seed}" do
          expect(run_child(script, seconds: 60, seed: seed, calls: 300)).to print_lines("done")
        end
      end
    end
  end
end
