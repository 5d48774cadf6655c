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
      @kafka = yield if areas.any?(&:on_kafka?)
      jobs = Queue.new
      areas.product([Driver.here, Driver.reference]).each { |job| jobs << job }
      jobs.close
      Array.new(WORKERS) { Thread.new { work(jobs) } }.each(&:join)
    end

    # @param area [Area]
    # @param scenario [Scenario]
    # @yieldparam here [String] what this driver has observed
    # @yieldparam reference [String]
    # @yieldreturn [Boolean] whether that is as it should be
    # @return [Array(String, String)] the same, after a second look where it is not: real brokers agree with each other
    #   only after a while, and the reference has races (a child forked at a bad moment hangs). This driver has one try
    #   on the embedded cluster.
    def observations(area, scenario)
      drivers = [Driver.here, Driver.reference]
      found = drivers.map { |driver| @observed.fetch([area.name, driver.name]).fetch(scenario.name) }
      return found if yield(*found)

      drivers.zip(found).map do |driver, text|
        area.on_kafka? || driver.name == :reference ? again(area, scenario, driver) : text
      end
    end

    private

    def again(area, scenario, driver)
      number = area.scenarios.index(scenario)
      observed(area, number..number, driver).fetch(scenario.name)
    end

    def work(jobs)
      while (area, driver = jobs.pop)
        @observed[[area.name, driver.name]] = observed(area, 0.., driver)
      end
    end

    def observed(area, range, driver)
      return driver.observe(area, range, @kafka, "#{SecureRandom.hex(6)}-", nil) if area.on_kafka?

      KarafkaNative::MockCluster.new do |cluster|
        cluster.start_share_groups_at(:earliest)
        driver.observe(area, range, cluster.bootstrap_servers, "", cluster)
      end
    end
  end
end
