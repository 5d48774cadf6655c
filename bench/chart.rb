# frozen_string_literal: true

require "erb"

# Bars for every scenario that has a ratio to the FFI driver, on a logarithmic scale.
class Chart
  BARS = 570
  # Width of a letter: no font is at hand to measure labels with, but text is rarely wider than this on average.
  LETTER = 6.5
  MARGIN = 40
  ROW = 24
  TOP = 56
  FONT = 'font-family="sans-serif"'

  # @param rows [Array<Table::Row>]
  def initialize(rows)
    @bars = rows.filter_map do |row|
      ratio = row.ratio("ffi")&.first
      # What is better when smaller is turned round, so that longer is better everywhere.
      [row.name, row.scenario.rate? ? ratio : 1 / ratio] if ratio&.positive?
    end
    @labels = ((@bars.map { |name, _| name.size }.max || 0) * LETTER).ceil + (2 * MARGIN)
  end

  def to_s
    height = TOP + (@bars.size * ROW) + 16
    <<~SVG
      <svg xmlns="http://www.w3.org/2000/svg" width="#{@labels + BARS}" height="#{height}" viewBox="0 0 #{@labels + BARS} #{height}">
      <rect width="100%" height="100%" fill="#fff"/>
      <text x="16" y="28" #{FONT} font-size="16">How many times better than the FFI driver (logarithmic)</text>
      <line x1="#{x(1)}" y1="#{TOP - 10}" x2="#{x(1)}" y2="#{height - 10}" stroke="#888"/>
      #{@bars.each_with_index.map { |(name, ratio), index| bar(name, ratio, TOP + (index * ROW)) }.join("\n")}
      </svg>
    SVG
  end

  private

  def bar(name, ratio, top)
    from, to = [x(1), x(ratio)].minmax
    <<~SVG.chomp
      <text x="#{@labels - MARGIN}" y="#{top + 15}" text-anchor="end" #{FONT} font-size="12">#{ERB::Util.h(name)}</text>
      <rect x="#{from}" y="#{top + 2}" width="#{(to - from).round(1)}" height="#{ROW - 6}" fill="#{ratio >= 1 ? "#2a7" : "#c44"}"/>
      <text x="#{to + 6}" y="#{top + 15}" #{FONT} font-size="12">#{ratio < 10 ? ratio.round(1) : ratio.round}×</text>
    SVG
  end

  def x(ratio)
    widest = Math.log10([@bars.map(&:last).max || 10, 10].max)
    (@labels + (Math.log10(ratio) / widest * (BARS - 90))).round(1)
  end
end
