# frozen_string_literal: true

require "yaml"

module Conformance
  # Where this driver is meant to differ, as listed in differences.yml: the lines of an observation that only one of the
  # two has, and the reason.
  class Differences
    FILE = File.expand_path("../differences.yml", __dir__)

    # Lines that only this driver and that only the reference has observed.
    Lines = Data.define(:here, :reference) do
      # @param here [String]
      # @param reference [String]
      def self.between(here, reference)
        here, reference = [here, reference].map { |text| text.lines(chomp: true).map(&:strip) }
        new(here - reference, reference - here)
      end
    end

    # @return [Differences]
    def self.load
      new(YAML.safe_load_file(FILE, aliases: true) || {})
    end

    # @param listed [Hash{String => Hash{String => Hash}}] by area and scenario
    def initialize(listed)
      @listed = listed
    end

    # @return [Array<Array(String, String)>] areas and names of the scenarios that are listed
    def scenarios
      @listed.flat_map { |area, entries| entries.keys.map { |name| [area, name] } }
    end

    # @return [String, nil] why they differ, or nil if they are not meant to
    def reason(area, name)
      entry(area, name)&.fetch("reason")
    end

    # @return [Lines, nil] what differs, or nil if nothing is meant to
    def lines(area, name)
      entry = entry(area, name) or return
      Lines.new(*%w[here reference].map { |side| Array(entry[side]) })
    end

    private

    def entry(area, name)
      @listed.dig(area, name)
    end
  end
end
