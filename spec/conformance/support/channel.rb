# frozen_string_literal: true

require "json"

module Conformance
  # How a process with scenarios talks with the one that compares: lines of JSON. It says what it has observed, and asks
  # for changes of the embedded cluster, which lives over there.
  class Channel
    # @param input [IO]
    # @param output [IO]
    def initialize(input, output)
      @input = input
      @output = output
    end

    # @param scenario [String]
    # @param text [String]
    def observed(scenario, text)
      say("observed", scenario, text)
    end

    # Stands for the embedded cluster.
    Cluster = Data.define(:channel) do
      %i[create_topic set_leader broker_down broker_up set_round_trip_time push_errors clear_errors].each do |name|
        define_method(name) { |*arguments, **options| channel.ask(name, arguments, options) }
      end
    end

    # @return [Cluster]
    def cluster
      Cluster.new(self)
    end

    # @return [nil] once it is done
    def ask(name, arguments, options)
      say("asked", name, arguments, options)
      @input.gets
      nil
    end

    private

    def say(*words)
      @output.puts(JSON.generate(words))
      @output.flush
    end
  end
end
