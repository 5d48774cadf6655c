# frozen_string_literal: true

require "karafka_native/command_line"
require "karafka_native/command_line/doctor/report"
require "stringio"

RSpec.describe "The report of karafka-native doctor" do
  let(:out) { StringIO.new }
  let(:settings) { KarafkaNative::CommandLine::Doctor::Settings.new }
  let(:report) { report_of(json: false) }

  def report_of(json:)
    KarafkaNative::CommandLine::Doctor::Report.new(out, settings, json: json)
  end

  it "has a line for each finding, with what to do about it below" do
    report.add("tcp", :ok, "fine")
    report.add("tls", :failed, "not fine", "Do this.")
    report.add("kafka", :skipped, "not tried")

    expect(report.finish).to eq(1)
    expect(out.string).to eq(<<~TEXT)
      ✓ tcp       fine
      ✗ tls       not fine
                  Do this.
      – kafka     not tried
    TEXT
  end

  it "is well when nothing has failed" do
    report.add("tcp", :skipped, "not tried")

    expect(report.finish).to eq(0)
  end

  it "is one document of JSON for scripts" do
    json = report_of(json: true)
    json.add("tcp", :ok, "fine")
    json.add("tls", :failed, "not fine", "Do this.")
    expect(out.string).to be_empty

    expect(json.finish).to eq(1)
    expect(JSON.parse(out.string)).to eq(
      "ok" => false,
      "steps" => [
        { "step" => "tcp", "status" => "ok", "text" => "fine" },
        { "step" => "tls", "status" => "failed", "text" => "not fine", "advice" => "Do this." }
      ]
    )
  end

  it "quotes errors without secrets, on one line" do
    secrets = { "sasl.password" => "hid", "ssl.key.password" => "hidden", "ssl.key.pem" => "a\nkey" }
    settings.update(**secrets, "acks" => "all")
    error = StandardError.new("all of hidden, hid\nand a\nkey \xff".b)

    expect(report.quote(error)).to eq("all of [redacted], [redacted] and [redacted] \u{fffd}")
  end
end
