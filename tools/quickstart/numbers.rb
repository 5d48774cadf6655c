# frozen_string_literal: true

module Quickstart
  # Formats numbers for people.
  module Numbers
    # @param number [Integer]
    # @return [String] such as `1,234,567`
    def self.grouped(number)
      number.to_s.gsub(/(?<=\d)(?=(\d{3})+\z)/, ",")
    end
  end
end
