# frozen_string_literal: true

# Public methods, most of them found by reflection, are called in a random order with arguments that make no
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

      require "support/public_calls"
      KIND = PublicCalls.kinds.fetch(NAME)

      def call(random, object, name)
        method = KIND.method_of(object, name)
        parameters = method.parameters
        count = ->(kind) { parameters.count { |found, _| found == kind } }
        arguments = Array.new(count.(:req) + random.rand(count.(:opt) + 1)) { ODD.sample(random: random) }
        keywords = parameters.select { |kind, _| kind == :keyreq || (kind == :key && random.rand(3).zero?) }
        keywords = keywords.to_h { |_, name| [name, ODD.sample(random: random)] }
        thread = Thread.new { method.call(*arguments, **keywords) { :stop } }
        thread.report_on_exception = false
        thread.join(SLICE) || thread.kill.join(10) || puts("\#{name} hangs")
        thread.value.then { |made| made.close if KarafkaNative::Internal::Client === made }
      rescue StandardError
        nil
      rescue Exception => e
        puts "\#{name}: \#{e.class}"
      end

      def closed?(object) = object.respond_to?(:closed?) && object.closed?

      random = Random.new(SEED)
      object = KIND.make
      (KIND.methods - WITHOUT).sort.shuffle(random: random).cycle.first(CALLS).each do |name|
        object = KIND.make if closed?(object)
        call(random, object, name)
      end
      Thread.new { object.close if object.respond_to?(:close) }.join(10) || puts("does not close")
      GC.start
      puts "done"
      exit!(0)
    RUBY
  end

  PublicCalls.kinds.each_key do |name|
    describe "of #{name.to_s.tr("_", " ")}", **PublicCalls.needs(name) do
      (1..(name.match?(/producer|consumer|admin/) ? 3 : 1)).each do |seed|
        it "end in results and in standard errors, with seed #{seed}" do
          outcome = run_child(script, seconds: 60, topic: "random", name: name, seed: seed, calls: 300)

          expect(outcome).to print_lines("done")
        end
      end
    end
  end
end
