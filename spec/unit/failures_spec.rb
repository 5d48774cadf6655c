# frozen_string_literal: true

require "tempfile"

RSpec.describe Failures do
  it "appends the place of a failed example and its message in one line" do
    notification = instance_double(
      RSpec::Core::Notifications::FailedExampleNotification,
      example: instance_double(RSpec::Core::Example, location_rerun_argument: "./spec/a_spec.rb:3"),
      exception: RuntimeError.new("\nexpected\n  this\n\nand more")
    )
    Tempfile.create do |report|
      described_class.new(report.path).example_failed(notification)

      expect(report.read).to eq("./spec/a_spec.rb:3\texpected this and more\n")
    end
  end
end
