# frozen_string_literal: true

require_relative "support/example_folder"

# The tests of examples/rails_app, which start an embedded cluster.
RSpec.describe "A Rails application's own tests" do
  it "pass" do
    output = ExampleFolder.new("rails_app").run("exec", "ruby", "test/orders_test.rb")

    expect(output).to match(/2 runs, \d+ assertions, 0 failures, 0 errors, 0 skips/)
  end
end
