# frozen_string_literal: true

require "prism"
require_relative "../support/page_runner"

# The Ruby code of all pages, on the embedded cluster. What needs more is run by spec/kafka and spec/karafka.
RSpec.describe "Code of the documentation" do
  include PageRunner

  Pages.blocks("ruby").each do |block|
    if block.notes.key?("not run")
      it "is Ruby at #{block.place}, which is not run: #{block.notes.fetch("not run")}" do
        expect(Prism.parse(block.code).errors.map(&:message)).to eq([])
      end
    elsif block.needs.empty?
      it("works at #{block.place}") { expect(failure_of(block)).to be_nil }
    elsif block.needs.first == "gem"
      it("works at #{block.place}", gem: block.needs.drop(1).join(" ")) { expect(failure_of(block)).to be_nil }
    end
  end

  Pages.examples.each do |block|
    it("works in the comment at #{block.place}", defect: 12) { expect(failure_of(block)).to be_nil }
  end

  it "says for each block where it is run" do
    kinds = Pages.blocks("ruby").map { |block| block.needs.first }.uniq

    expect(kinds - [nil, "gem", "kafka", "karafka"]).to eq([])
  end
end
