# frozen_string_literal: true

require_relative "../support/pages"

# What pages say about speed.
RSpec.describe "Figures of the documentation" do
  # @return [Array<Array<String>>] cells of the rows of tables
  def rows(path)
    File.readlines(File.join(Pages::ROOT, path)).grep(/^\|/).map { |line| line.split("|").map(&:strip).drop(1) }
  end

  it "in the README are those of the last measurement" do
    measured = rows("docs/benchmarks.md").map { |_, *cells| cells.values_at(0, 1, 4) }
    told = rows("README.md").map { |_, *cells| cells.values_at(0, 1, 3) }
      .select { |cells| cells.first&.match?(/\A[\d,.]+\z/) }

    expect(told.size).to eq(8)
    expect(told - measured).to eq([])
  end
end
