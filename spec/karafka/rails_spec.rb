# frozen_string_literal: true

require "net/http"
require_relative "support/example_folder"
require_relative "support/topic_family"

# examples/rails_app, with Karafka's railtie: the processes are looked at from outside.
RSpec.describe "Rails" do
  let(:shop) { unique_name("shop") }
  let(:example) do
    closing(ExampleFolder.new("rails_app",
      environment: { "KAFKA" => kafka.bootstrap, "SHOP" => shop, "RAILS_ENV" => "production" }))
  end
  let(:server) { example.start("karafka", "server") }
  let(:puma) { example.start("puma", "--bind", "tcp://127.0.0.1:0") }
  let(:address) { puma.output.wait_for(%r{Listening on (http://\S+)})[1].tap { booted_workers } }

  before do
    closing(TopicFamily.new(kafka.bootstrap, shop))
    example.run("exec", "karafka", "topics", "create")
    server
  end

  # Puma listens before its workers are there.
  #
  # @return [Array<Integer>] process ids
  def booted_workers = puma.output.wait_for_many(/Worker \d \(PID: (\d+)\) booted/, 2).flatten.map(&:to_i)

  def gone?(pid)
    Process.kill(0, pid) && false
  rescue Errno::ESRCH
    true
  end

  def post(path)
    answer = Net::HTTP.post(URI("#{address}/#{path}"), "")
    raise "#{answer.code} #{answer.body}\n#{puma.output.text}" unless answer.is_a?(Net::HTTPCreated)

    answer.body
  end

  it "runs a job that a request has enqueued" do
    job = post("receipts?amount=7")

    expect(server.output.wait_for(/^receipt .*$/)[0]).to eq("receipt over 7 for a request, job #{job}")
  end

  it "makes jobs of orders that forked workers have sent" do
    answers = []
    answers << post("orders?amount=#{answers.size}") until answers.map { |answer| answer[/worker \d+/] }.uniq.size == 2
    receipts = server.output.wait_for_many(/^receipt over (\d+) for an order/, answers.size).flatten.map(&:to_i)

    expect(receipts).to match_array(0...answers.size)
    expect(answers.map { |answer| answer[/\d+/].to_i }).not_to include(puma.server.pid)
    expect(answers.map { |answer| answer[/partition.*/] }.uniq.size).to eq(answers.size)
  end

  it "loses nothing and leaves nothing when it ends at SIGTERM" do
    workers = booted_workers
    20.times { |amount| post("receipts?amount=#{amount}") }

    expect(puma.end_with(:TERM)).to eq(0)
    expect(workers).to all(satisfy("be gone") { |pid| gone?(pid) })
    expect(server.output.wait_for_many(/^receipt over (\d+)/, 20).flatten.map(&:to_i)).to match_array(0...20)
    expect(server.end_with(:TERM)).to eq(0)
  end
end
