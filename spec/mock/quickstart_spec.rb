# frozen_string_literal: true

require "stringio"
require_relative "../../tools/quickstart/job"
require_relative "../../tools/quickstart/options"

RSpec.describe "bin/quickstart" do
  let(:sample) { Quickstart::Sample.new(count: 20, size: 50, first_timestamp: 1_700_000_000_000) }
  let(:check) { Quickstart::Check.new(sample) }

  arrival = Data.define(:key, :payload, :headers, :timestamp, :partition, :offset)

  # A message as it should arrive; partitions take turns.
  define_method(:message) do |number, **changes|
    payload = sample.payload(number)
    arrival.new(
      key: sample.key(number), payload: payload, headers: sample.headers(number, payload),
      timestamp: Time.at(0, sample.timestamp(number), :millisecond), partition: number % 2, offset: number / 2,
      **changes
    )
  end

  def consume(*messages)
    messages.each { |message| check.consumed(message) }
    check.finish
  end

  def everything
    Array.new(sample.count) { |number| message(number) }
  end

  def main(*arguments, out: File::NULL)
    program = File.expand_path("../../tools/quickstart/main.rb", __dir__)
    spawn(*RubyProcess.command(program, *arguments), out: out, err: File::NULL)
  end

  describe "the job" do
    it "passes on an embedded cluster, with a rebalance, and shows each step" do
      output = StringIO.new
      job = Quickstart::Job.new(Quickstart::Options.new(messages: 2_000), output: output)

      expect(within(60) { job.run }).to be(true)
      expect(output.string).to match(/^produce: 2,000 of 2,000$/)
        .and match(/^produced and delivered +2,000 +\d+\.\d\d +[\d,]+ +[\d.]+$/)
        .and match(/^consumed, checked, committed +2,000 /)
        .and match(/^rebalance +\d+\.\d\d$/)
        .and end_with("\nPASSED: 2,000 messages, each exactly once, in order and unchanged\n")
    end

    it "fails with status 1 when the time is over" do
      reader, writer = IO.pipe
      pid = main("--messages", "500", "--timeout", "1", out: writer)
      writer.close

      expect(within(60) { reader.read })
        .to match(/\nFAILED: after 1 s .+\n\z/)
      expect(Process.wait2(pid).last.exitstatus).to eq(1)
    end

    it "ends with status 130 on Ctrl-C" do
      reader, writer = IO.pipe
      pid = main("--messages", "500", out: writer)
      writer.close
      within(30) { reader.gets("500 of 500") }
      Process.kill(:INT, pid)

      expect(within(30) { Process.wait2(pid) }.last.exitstatus).to eq(130)
    end
  end

  describe Quickstart::Check do
    it "passes when everything arrives once, in order and unchanged" do
      consume(*everything)

      expect(check).to be_passed
    end

    it "finds a lost message, and tells where it was delivered" do
      check.delivered(7, 1, 3)
      consume(*everything.reject.with_index { |_, number| number == 7 })

      expect(check.counts).to include("lost" => 1)
      expect(check.named("lost")).to eq(["message 7 (key-1), delivered to partition 1 at offset 3"])
      expect(check).not_to be_passed
    end

    it "finds a message that arrives twice" do
      consume(*everything, message(7, offset: 99))

      expect(check.counts).to include("doubled" => 1, "lost" => 0)
      expect(check.named("doubled")).to eq(["message 7, again at partition 1, offset 99"])
      expect(check).not_to be_passed
    end

    it "finds a wrong order within a partition" do
      messages = everything
      messages[4], messages[6] = messages.values_at(6, 4)
      consume(*messages)

      expect(check.counts).to include("out of order" => 1)
      expect(check.named("out of order")).to eq(["message 4 after 6, at partition 0, offset 2"])
      expect(check).not_to be_passed
    end

    it "does not care about the order between partitions" do
      consume(*everything.partition { |message| message.partition == 1 }.flatten)

      expect(check).to be_passed
    end

    {
      key: "key-x", payload: "x" * 50, headers: { "number" => "7", "checksum" => "0" }, timestamp: Time.at(0)
    }.each do |field, value|
      it "finds a changed #{field}" do
        messages = everything
        messages[7] = message(7, field => value)
        consume(*messages)

        expect(check.counts).to include("changed" => 1, "lost" => 0)
        expect(check.named("changed")).to eq(["message 7 at partition 1, offset 3: #{field}"])
        expect(check).not_to be_passed
      end
    end

    it "finds a missing timestamp and missing headers" do
      messages = everything
      messages[7] = message(7, timestamp: nil)
      messages[8] = message(8, headers: {})
      consume(*messages)

      expect(check.counts).to include("changed" => 2, "lost" => 1)
    end

    it "finds a message elsewhere than reported" do
      check.delivered(7, 1, 4)
      consume(*everything)

      expect(check.named("changed")).to eq(
        ["message 7 at partition 1, offset 3: place (reported: partition 1, offset 4)"]
      )
    end

    it "finds offsets that are not committed" do
      check.committed({ 0 => 10, 1 => 10, 2 => 4 }, { 0 => 10, 1 => 9, 2 => nil })

      expect(check.named("not committed")).to eq(["partition 1: 9 instead of 10", "partition 2: nil instead of 4"])
      expect(check).not_to be_passed
    end

    it "names only the first offenders" do
      consume

      expect(check.counts).to include("lost" => 20)
      expect(check.named("lost").size).to eq(5)
    end
  end

  describe Quickstart::Ledger do
    let(:ledger) { described_class.new }

    def offsets_to_handle(turn, offsets)
      offsets.select { |offset| ledger.handle?(turn, 0, offset) }
    end

    it "skips what was handled and not committed, once" do
      offsets_to_handle(ledger.turn(0), 0..9)
      ledger.committed({ 0 => 5 })

      expect(offsets_to_handle(ledger.turn(0), 5..12)).to eq([10, 11, 12])
      expect(ledger.repeated).to eq(5)
    end

    it "does not skip what was committed" do
      offsets_to_handle(ledger.turn(0), 0..9)
      ledger.committed({ 0 => 10 })

      expect(offsets_to_handle(ledger.turn(0), [8, 9, 10])).to eq([8, 9, 10])
    end

    it "does not skip what is repeated within a turn" do
      turn = ledger.turn(0)

      expect(offsets_to_handle(turn, [0, 1, 1, 0, 2])).to eq([0, 1, 1, 0, 2])
    end

    it "is complete when everything is committed" do
      offsets_to_handle(ledger.turn(0), 0..9)
      expect(ledger).not_to be_complete({ 0 => 10 })

      ledger.committed({ 0 => 10 })
      expect(ledger).to be_complete({ 0 => 10 })
    end
  end

  describe Quickstart::Report do
    let(:report) { described_class.new(100) }

    it "shows the steps in a table" do
      report.row("consumed", 1_234_567, 2.0)
      report.row("rebalance", nil, 0.5)

      expect(report.table).to eq(<<~TEXT.chomp)
                    messages  seconds    msg/s  MB/s
        consumed   1,234,567     2.00  617,284  61.7
        rebalance                0.50
      TEXT
    end

    it "ends with the verdict, after the offenders" do
      consume(*everything.drop(7))

      expect(report.verdict(check, nil)).to eq(<<~TEXT.chomp)
        lost:
          message 0 (key-0)
          message 1 (key-1)
          message 2 (key-0)
          message 3 (key-1)
          message 4 (key-0)
          ... and 2 more
        FAILED: 7 lost
      TEXT
    end

    it "fails when the job was not done" do
      consume(*everything)

      expect(report.verdict(check, "after 1 s")).to eq("FAILED: after 1 s")
    end
  end

  describe Quickstart::Sample do
    it "makes payloads of the wanted size that differ" do
      expect(Array.new(20) { |number| sample.payload(number) }.uniq.map(&:bytesize)).to eq([50] * 20)
    end

    it "takes as many partitions as large messages need" do
      large = described_class.new(count: 100, size: 900_000)

      expect(large.partitions_for(4_000_000, least: 12)).to be > 24
      expect(sample.partitions_for(4_000_000, least: 12)).to eq(12)
    end
  end

  describe Quickstart::Options do
    it "reads the command line" do
      options = described_class.parse(%w[--bootstrap a:1,b:2 --messages 5 --size 6 --timeout 7])

      expect(options).to have_attributes(bootstrap: "a:1,b:2", messages: 5, size: 6, timeout: 7, help: false)
    end

    [%w[--messages 0], %w[--size 0], %w[--size 900001], %w[--timeout x], %w[more], %w[--unknown]].each do |arguments|
      it "refuses #{arguments.join(" ")}" do
        expect { described_class.parse(arguments) }.to raise_error(OptionParser::ParseError)
      end
    end
  end
end
