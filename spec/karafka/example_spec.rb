# frozen_string_literal: true

require "bundler"
require "open3"
require_relative "support/karafka_servers"
require_relative "support/waterdrop_clients"

# The application in examples/, with its own bundle, as its README says.
RSpec.describe "The example application" do
  let(:folder) { File.expand_path("../../examples/karafka_app", __dir__) }
  let(:shop) { unique_name("shop") }
  let(:environment) do
    ENV.slice("BUNDLE_CACHE_PATH", "BUNDLE_NO_PRUNE", "BUNDLE_SILENCE_ROOT_WARNING").merge(
      "BUNDLE_PATH" => Bundler.bundle_path.parent.parent.to_s, "KAFKA" => kafka.bootstrap, "SHOP" => shop,
      "KARAFKA_ENV" => "production"
    )
  end

  before { bundle("install", "--local") }

  after do
    admin = admin("bootstrap.servers": kafka.bootstrap)
    %w[orders totals refused].map { |name| admin.delete_topic("#{shop}.#{name}") }.each(&:wait)
  end

  def bundle(*command)
    variables = environment
    Bundler.with_unbundled_env do
      output, status = Open3.capture2e(variables, "bundle", *command, chdir: folder)
      raise "bundle #{command.join(" ")} failed:\n#{output}" unless status.success?

      output
    end
  end

  def start_server
    variables = environment
    reader, writer = IO.pipe
    pid = Bundler.with_unbundled_env do
      Process.spawn(variables, "bundle", "exec", "karafka", "server", chdir: folder, %i[out err] => writer,
        pgroup: true)
    end
    writer.close
    [reader, closing(KarafkaServers::Server.new(pid))]
  end

  # What the totals add up to, line by line, until that is reached.
  def sum_until(wanted, output)
    sum = 0
    sum += output.readline[/\A\d+ orders, (\d+) in all/, 1].to_i until sum >= wanted
    sum
  end

  it "makes its topics, adds up orders and puts aside what is none" do
    expect(bundle("exec", "karafka", "topics", "migrate")).to include("#{shop}.orders", "#{shop}.refused")
    expect(bundle("exec", "ruby", "order.rb", "3", "7",
      "oops").lines.grep(/\A#{shop}\.orders, partition/).size).to eq(3)
    output, server = start_server
    sum = within(60) { sum_until(10, output) }
    refused = messages_of("#{shop}.refused", 1, "bootstrap.servers": kafka.bootstrap).first
    server.signal(:TERM)

    expect(server.ending).to eq(0)
    expect(refused.payload).to eq('{"note":"oops"}')
    expect(sum).to eq(10)
  end
end
