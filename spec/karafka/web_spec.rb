# frozen_string_literal: true

require "socket"
require_relative "support/web_site"

# What examples/karafka_web shows about a server that runs on the driver.
RSpec.describe "Karafka's Web UI" do
  let(:site) { WebSite.running(kafka.bootstrap) }
  # What pages call the server.
  let(:process) { /#{Regexp.escape("#{Socket.gethostname}:#{site.server.server.pid}")}:\h{12}/ }

  it "is installed on a cluster that lacks its topics" do
    replicas = site.topics.transform_values { |topic| topic[:partitions].map { |partition| partition[:replica_count] } }
    names = %w[errors reports states metrics commands].map { |name| "#{site.shop}.web.#{name}" }

    expect(site.installation).to match(/Installation .*completed/)
    expect(replicas).to include(names.to_h { |name| [name, [[kafka.brokers.size, 2].min]] })
  end

  it "counts errors, lag, running jobs and dead messages on the dashboard" do
    counted = site.page("dashboard", /(\d+) Messages .* 4 Total lag 1 Running 0 Pending 1 Errors 0 Retries 1 Dead /)

    expect(counted[1].to_i).to be_positive
  end

  it "draws the lags of groups over time" do
    site.page("dashboard", /Processing Metrics .* Lags/)
    lags = JSON.parse(site.attribute("#lags-chart", "data-datasets"))

    expect(lags.fetch("#{site.shop}.orders[#{site.shop}]")).to all(match([be_an(Integer), 4]))
  end

  it "lists the process with its assignment, its memory and its lag" do
    shown = site.page("consumers/overview",
      %r{ (#{process}) #{site.shop}\.orders-\[0\] #{site.shop}\.web\.reports-\[0\] .* (\d+) MB 5 / 1 4\z})

    expect(shown[2].to_i).to be > 10
  end

  it "shows the job that runs" do
    shown = site.page("jobs/running",
      / #{process} #{site.shop}\.orders-0 OrdersConsumer #consume (\d+) .* ago\z/)

    expect(shown[1]).to eq("1")
  end

  it "shows no pending job" do
    expect(site.page("jobs/pending", /Running \(1\) Pending \(0\)/).string).to include("no pending jobs")
  end

  it "shows what is routed" do
    shown = site.page("routing", / #{site.shop} Subscription group .* #{site.shop}\.orders true Details/)

    expect(shown.string).to include(" #{site.shop}.refused false Details")
  end

  it "lists the brokers of the cluster" do
    brokers = site.page("cluster/brokers", / Port ⇕ ((?:\d+ \S+ \d+ ?)+)\z/)[1].split.each_slice(3)

    expect(brokers.map { |_, host, port| "#{host}:#{port}" }).to match_array(kafka.bootstrap.split(","))
  end

  it "lists partitions with their replicas" do
    expect(site.page("cluster/replication", /#{site.shop}\.web\.errors/).string).to include("#{site.shop}.orders")
  end

  it "shows the page of a message that the server has produced, an error" do
    site.page("errors", /ArgumentError: invalid value for Integer\(\): "oops" .* high: 1 low: 0\z/)
    shown = site.page("errors/0", /Metadata/).string

    expect(shown).to include('invalid value for Integer(): "oops"', "#{site.shop}.orders", "orders_consumer.rb:")
    expect(shown).to match(process)
  end

  it "finds nothing wrong with the installation" do
    # A warning or a failure would have a text.
    checks = [
      "Web UI setup in karafka.rb", "Connection to Kafka", "Web UI topics presence", "Partitions count",
      "Replication factors", "Initial consumers state", "Initial consumers metrics", "Consumers reports",
      "Live reporting", "Consumers schemas compatibility", "Materializing lag", "State calculation subscription",
      "Consumers reports schema compatibility", "Routing topics presence", "Commands topic presence",
      "Karafka Pro subscription You are using the OSS version"
    ]

    expect { site.page("status", /#{checks.join(" ")}/) }.not_to raise_error
  end

  it "shows the versions of the driver that it replaces" do
    shown = site.page("status", /Components info/).string

    expect(shown).to include("rdkafka #{Rdkafka::VERSION} librdkafka #{Rdkafka::LIBRDKAFKA_VERSION}")
  end

  it "answers and runs scripts without an error" do
    %w[
      dashboard consumers/overview jobs/running jobs/pending routing cluster/brokers cluster/replication errors errors/0
      status support ux
    ].each { |path| site.page(path, /Home|Dashboard/) }

    expect(site.complaints).to be_empty
  end

  # Health, the explorer and its page of a message belong to Karafka Pro, which is not free to use.
  %w[health/overview explorer/topics explorer/messages].each do |path|
    it "answers in good order that #{path} is a page of Karafka Pro" do
      site.page(path, /available only to Pro users/)

      expect(site.status).to eq(402)
    end
  end
end
