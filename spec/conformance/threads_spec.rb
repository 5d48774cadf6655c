# frozen_string_literal: true

require_relative "support/defect_scripts"

# Native threads of the process, those of librdkafka and of Ruby included, at each stage of a process's life: layers
# above count them to find leaks, and allow for two more than there were.
RSpec.describe "Native threads", :reference, :share_groups, file: "/proc/self/task" do
  include Conformance::DefectScripts::Running

  # Prints the most threads there were in each stage.
  let(:script) do
    <<~'RUBY'
      $most = 0
      Thread.new do
        loop do
          $most = [$most, Dir.children("/proc/self/task").size].max
          sleep(0.002)
        end
      end
      stage = lambda do |name, &work|
        $most = 0
        work.call
        sleep(0.05)
        puts "#{name}: #{$most}"
      end
      clients = []
      keep = ->(client) { client.tap { clients << client } }

      stage.call("loaded") { nil }
      stage.call("producer") { keep.(producer).produce(topic: TOPIC, payload: "1", partition: 0).wait }
      stage.call("produce with a callback") do
        clients.last.delivery_callback = ->(_) {}
        20.times { clients.last.produce(topic: TOPIC, payload: "1", partition: 0).wait }
      end
      stage.call("consumer") { keep.(consumer_of(TOPIC)).poll(10_000) }
      stage.call("questions") do
        list = clients.last.assignment
        [clients.last.committed(list), clients.last.cluster_id, clients.last.query_watermark_offsets(TOPIC, 0)]
        clients.last.commit(clients.last.position(list))
      end
      stage.call("statistics, errors and logs") do
        Rdkafka::Config.statistics_callback = ->(_) {}
        client = keep.(consumer("statistics.interval.ms": 10, debug: "cgrp"))
        5.times { client.poll(20) }
        Rdkafka::Config.statistics_callback = nil
      end
      stage.call("failed init_transactions") do
        options = { "transactional.id": TOPIC, "transaction.timeout.ms": 1_000, "bootstrap.servers": UNREACHABLE }
        keep.(producer(**options)).init_transactions
      rescue Rdkafka::RdkafkaError
        nil
      end
      stage.call("transaction") do
        client = keep.(producer("transactional.id": TOPIC))
        client.init_transactions
        client.begin_transaction
        client.produce(topic: TOPIC, payload: "1", partition: 0)
        client.commit_transaction
      end
      stage.call("admin") do
        keep.(admin).list_offsets({ TOPIC => [{ partition: 0, offset: :latest }] }).wait(max_wait_timeout_ms: 10_000)
      end
      stage.call("share consumer") { keep.(share_consumer(TOPIC)).poll(200) }
      reader = clients.grep(Rdkafka::Consumer).first
      list = reader.assignment
      # Each call under way has a thread, so that it can be interrupted.
      Array.new(8) { Thread.new { 5.times { reader.committed(list) } } }.each(&:join)
      sleep(0.05)
      stage.call("after several questions at once") { sleep(0.05) }
      stage.call("close") { clients.each(&:close) }
      sleep(0.05)
      stage.call("closed") { sleep(0.05) }
    RUBY
  end

  def counts(driver)
    lines = outcome(driver, script, 40, real: false).map(&:to_s)
    lines.to_h { |line| [line[/.+(?=: )/], line[/\d+\z/].to_i] }
  end

  it "are two more than the reference's at most, at any time" do
    ours = counts(Conformance::Driver.here)
    reference = counts(Conformance::Driver.reference)

    expect(ours.keys).to eq(reference.keys).and(include("closed"))
    expect(ours.select { |stage, count| count > reference.fetch(stage) + 2 }).to eq({})
  end
end
