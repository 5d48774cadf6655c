# frozen_string_literal: true

require "securerandom"
require_relative "driver"

module Conformance
  # What both drivers observe in the same scenarios, each on a cluster of its own, so that both find the same.
  class Comparison
    # Processes that run at a time.
    WORKERS = 6

    # @param areas [Array<Area>] taken all at once, since scenarios mostly wait
    # @yieldreturn [String] real brokers, called if an area needs them
    # @return [Comparison] the same for the whole run
    def self.of(areas, &)
      @of ||= new.tap { |comparison| comparison.observe(areas, &) }
    end

    def initialize
      @observed = {}
    end

    # @param areas [Array<Area>]
    # @yieldreturn [String] real brokers
    def observe(areas)
      kafka = yield if areas.any?(&:on_kafka?)
      jobs = Queue.new
      areas.product([Driver.here, Driver.reference]).each { |job| jobs << job }
      jobs.close
      Array.new(WORKERS) { Thread.new { work(jobs, kafka) } }.each(&:join)
    end

    # @param area [Area]
    # @param scenario [Scenario]
    # @return [Array(String, String)] by this driver and by the reference
    def observations(area, scenario)
      %i[here reference].map { |name| @observed.fetch([area.name, name]).fetch(scenario.name) }
    end

    private

    def work(jobs, kafka)
      while (area, driver = jobs.pop)
        @observed[[area.name, driver.name]] = observed(area, driver, kafka)
      end
    end

    def observed(area, driver, kafka)
      return driver.observe(area, kafka, "#{SecureRandom.hex(6)}-", nil) if area.on_kafka?

      KarafkaNative::MockCluster.new do |cluster|
        cluster.start_share_groups_at(:earliest)
        driver.observe(area, cluster.bootstrap_servers, "", cluster)
      end
    end
  end
end
