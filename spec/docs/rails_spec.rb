# frozen_string_literal: true

require_relative "../support/pages"
require_relative "../support/ruby_process"

# The module of docs/rails.md under what servers and job runners do that cannot be installed everywhere: Sidekiq, Solid
# Queue and Spring. They load the application, fork, run jobs in threads, and end these by raising in them.
RSpec.describe "The producer of docs/rails.md" do
  include RubyProcess

  let(:code) do
    blocks = Pages.blocks("ruby").select { |block| block.page.name == "docs/rails.md" }
    blocks.find { |block| block.code.include?("module Kafka") }.code[/\A.*?^end$/m]
  end
  let(:application) do
    <<~RUBY
      require "rdkafka"
      #{code}
      Shutdown = Class.new(Interrupt)
      ENV["KAFKA"] = "#{KafkaClients.bootstrap_servers}"
      def job = Kafka.producer.produce(topic: "#{topic}", payload: "1").wait.error
      def endless_jobs(started)
        started << job
        loop { job }
      rescue Shutdown
        nil
      end
    RUBY
  end
  let(:topic) { new_topic }

  it "works for jobs in threads, which are ended, of processes that a busy parent forks" do
    outcome = run_ruby(<<~RUBY)
      #{application}
      busy = Thread.new { job until Thread.current[:enough] }
      workers = Array.new(4) do
        fork do
          threads = Array.new(5) { Thread.new { 40.times.map { job }.compact } }
          failed = threads.flat_map(&:value)
          started = Queue.new
          endless = Array.new(5) { Thread.new { endless_jobs(started) } }
          5.times { started.pop }
          endless.each { |thread| thread.raise(Shutdown) }.each(&:join)
          Kafka.close
          exit!(failed.empty?)
        end
      end
      statuses = workers.map { |pid| Process.wait2(pid).last.exitstatus }
      busy[:enough] = true
      busy.join
      puts statuses.inspect, job.inspect
      Kafka.close
    RUBY

    expect(outcome.first.lines(chomp: true)).to eq(["[0, 0, 0, 0]", "nil"]), outcome.inspect
  end
end
