# frozen_string_literal: true

require_relative "support/example_folder"

# The tests of examples/karafka_testing.
RSpec.describe "karafka-testing" do
  let(:example) { ExampleFolder.new("karafka_testing", environment: { "KARAFKA_ENV" => "test" }) }

  it "works in RSpec" do
    expect(example.run("exec", "rspec")).to include("3 examples, 0 failures")
  end

  it "works in Minitest" do
    expect(example.run("exec", "ruby", "test/orders_consumer_test.rb"))
      .to match(/3 runs, \d+ assertions, 0 failures, 0 errors, 0 skips/)
  end
end
