# frozen_string_literal: true

module Conformance
  # Steps that are the same for every driver. What they return is what is compared.
  Scenario = Data.define(:name, :steps)

  # A file of scenarios, written by means of {scenario} and, if they need real brokers, {on_kafka}.
  class Area
    FOLDER = File.expand_path("../scenarios", __dir__)

    # @return [Array<Area>]
    def self.all
      Dir[File.join(FOLDER, "*.rb")].map { |file| new(File.basename(file, ".rb")) }
    end

    attr_reader :name, :scenarios

    # @param name [String] of the file
    def initialize(name)
      @name = name
      @scenarios = []
      @on_kafka = false
      file = File.join(FOLDER, "#{name}.rb")
      instance_eval(File.read(file), file)
    end

    # @yieldself [World]
    # @yieldreturn [Object] what was observed
    def scenario(name, &steps)
      raise ArgumentError, "two scenarios are called #{name}" if scenarios.any? { |other| other.name == name }

      scenarios << Scenario.new(name, steps)
    end

    # Has the scenarios of this file run on real brokers, instead of the embedded ones.
    def on_kafka
      @on_kafka = true
    end

    # @return [Boolean]
    def on_kafka?
      @on_kafka
    end
  end
end
