# frozen_string_literal: true

require "erb"

# A bar chart of the scenarios' rates: a group of bars per scenario, relative to the fastest driver.
class Chart
  DRIVERS = {
    "native" => ["this driver", "#d1495b"], "ffi" => ["FFI", "#8d99ae"], "python" => ["Python", "#3d7ea6"],
    "raw" => ["librdkafka, no messages made", "#b9b5a8"]
  }.freeze
  WIDTH = 760
  BARS = 560
  LEFT = 16
  BAR = 18
  TITLE = 28
  TOP = 64
  # Text has to be readable on light and dark backgrounds.
  STYLE = <<~CSS.tr("\n", " ")
    text { font: 13px sans-serif; fill: #333 } .title { font-weight: bold }
    @media (prefers-color-scheme: dark) { text { fill: #ddd } }
  CSS

  # @param rows [Array<Table::Row>]
  def initialize(rows)
    @rows = rows.select { |row| row.scenario.rate? && row.median("native") && row.median("python") }
  end

  def to_s
    top = TOP
    groups = @rows.map do |row|
      drivers = DRIVERS.keys.select { |driver| row.median(driver) }
      group(row, drivers, top).tap { top += TITLE + (drivers.size * BAR) + 10 }
    end
    <<~SVG
      <svg xmlns="http://www.w3.org/2000/svg" width="#{WIDTH}" height="#{top}" viewBox="0 0 #{WIDTH} #{top}">
      <style>#{STYLE}</style>
      #{text(LEFT, 22, "Messages a second", "title")}
      #{legend}
      #{groups.join("\n")}
      </svg>
    SVG
  end

  private

  def legend
    left = LEFT
    DRIVERS.map do |driver, (label, _)|
      place = left
      left += 34 + (label.size * 7)
      box(driver, place, 36, 12, 12) + text(place + 18, 47, label)
    end.join("\n")
  end

  def group(row, drivers, top)
    fastest = drivers.map { |driver| row.median(driver) }.max
    bars = drivers.each_with_index.map do |driver, index|
      rate = row.median(driver)
      width = [(rate / fastest * BARS).round(1), 1].max
      y = top + TITLE + (index * BAR)
      box(driver, LEFT, y, width, BAR - 4) + text(LEFT + width + 6, y + 12, grouped(rate))
    end
    [text(LEFT, top + 20, row.name, "title"), *bars].join("\n")
  end

  def box(driver, left, top, width, height)
    %(<rect x="#{left}" y="#{top}" width="#{width}" height="#{height}" rx="2" fill="#{DRIVERS[driver].last}"/>)
  end

  def text(left, top, content, style = nil)
    %(<text x="#{left}" y="#{top}"#{%( class="#{style}") if style}>#{ERB::Util.h(content)}</text>)
  end

  def grouped(number) = number.round.to_s.gsub(/(\d)(?=(\d{3})+$)/, '\1,')
end
