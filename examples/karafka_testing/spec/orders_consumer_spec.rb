# frozen_string_literal: true

require_relative "../karafka"
require "karafka/testing/rspec/helpers"

RSpec.configure { |config| config.include Karafka::Testing::RSpec::Helpers }

RSpec.describe OrdersConsumer do
  subject(:consumer) { karafka.consumer_for("orders") }

  it "adds up what one batch orders" do
    [3, 7].each { |amount| karafka.produce({ amount: amount }.to_json, key: "shop") }
    consumer.consume

    expect(karafka.produced_messages.last)
      .to include(topic: "totals", payload: "10", key: "shop", headers: { "of" => "orders" })
  end

  it "sees what was produced as messages of its topic" do
    karafka.produce({ amount: 3 }.to_json, key: "shop", partition: 4)

    expect(karafka.consumer_messages).to contain_exactly(
      have_attributes(topic: "orders", partition: 4, key: "shop", payload: { "amount" => 3 })
    )
  end

  it "refuses what is no order" do
    karafka.produce({ note: "oops" }.to_json)

    expect { consumer.consume }.to raise_error(KeyError)
  end
end
