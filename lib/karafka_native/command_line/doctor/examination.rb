# frozen_string_literal: true

require_relative "clients"
require_relative "report"
require_relative "step"
Dir[File.join(__dir__, "steps", "*.rb")].each { |file| require file }

module KarafkaNative
  module CommandLine
    module Doctor
      # Runs all steps in order, and passes results between them.
      class Examination
        STEPS = [
          Steps::Driver, Steps::Configuration, Steps::Names, Steps::Connections, Steps::Certificates, Steps::Protocol,
          Steps::Login, Steps::Cluster, Steps::Listeners, Steps::Clock, Steps::Topic, Steps::Produce, Steps::Consume,
          Steps::Group
        ].freeze
        private_constant :STEPS

        # @return [Options]
        attr_reader :options

        # @return [Report]
        attr_reader :report

        # @return [Clients]
        attr_reader :clients

        # @return [Hash{String => Object}] results by title of the step, if others can use them
        attr_reader :facts

        # @param options [Options]
        # @param report [Report]
        def initialize(options, report)
          @options = options
          @report = report
          @clients = Clients.new(options)
          @facts = {}
        end

        # @return [Settings]
        def settings
          options.settings
        end

        # @return [Integer] exit status
        def run
          STEPS.each { |step| step.new(self).run }
          report.finish
        ensure
          clients.close
        end
      end
    end
  end
end
