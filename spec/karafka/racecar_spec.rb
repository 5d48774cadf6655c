# frozen_string_literal: true

require_relative "support/example_folder"
require_relative "support/topic_family"

# examples/racecar, whose driver is rdkafka.
RSpec.describe "Racecar" do
  let(:shop) { unique_name("shop") }
  let(:servers) { { "bootstrap.servers": kafka.bootstrap } }
  let(:example) do
    closing(ExampleFolder.new("racecar", environment: { "KAFKA" => kafka.bootstrap, "SHOP" => shop }))
  end

  before do
    closing(TopicFamily.new(kafka.bootstrap, shop))
    admin = admin(**servers)
    %w[orders totals].each { |name| create_topic(admin, "#{shop}.#{name}") }
    example
  end

  def order(*amounts)
    example.run("exec", "ruby", "order.rb", *amounts)
  end

  def start
    example.start("racecar", "--require", "./totals_consumer", "TotalsConsumer")
  end

  def committed
    consumer("group.id": shop, **servers)
      .committed(partition_list("#{shop}.orders" => [0]), 20_000).to_h.values.flatten.map(&:offset)
  end

  it "consumes, produces, and ends at SIGTERM with everything committed" do
    order("3", "7")
    racecar = start
    racecar.output.wait_for(/order 1: 10 in all/)

    expect(racecar.end_with(:TERM)).to eq(0)
    expect(racecar.output.text).to include("closed at 10")
    expect(committed).to eq([2])
    expect(messages_of("#{shop}.totals", 2, **servers).map(&:payload)).to eq(%w[3 10])
    expect(messages_of("#{shop}.totals", **servers).first)
      .to have_attributes(key: "shop", headers: { "from" => "order.rb" })
  end

  it "takes up in a second process where the first has ended" do
    order("3")
    first = start
    first.output.wait_for(/order 0: 3 in all/)
    first.end_with(:TERM)
    order("7")

    expect(start.output.wait_for(/order (\d): (\d+) in all/).captures).to eq(%w[1 7])
  end

  it "pauses a partition at an error and tries its message again" do
    order("oops", "3")
    racecar = start
    racecar.output.wait_for_many(/invalid value for Integer/, 2)

    expect(racecar.end_with(:TERM)).to eq(0)
    expect(racecar.output.text).not_to include("in all")
    expect(committed).not_to include(be_positive)
  end
end
