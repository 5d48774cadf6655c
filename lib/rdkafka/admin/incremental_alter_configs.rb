# frozen_string_literal: true

module Rdkafka
  class Admin
    # Configurations that were changed.
    class IncrementalAlterConfigsReport
      # @return [Array<ConfigResourceBindingResult>]
      attr_reader :resources

      # @private
      # @param resources [Array<ConfigResourceBindingResult>]
      def initialize(resources)
        @resources = resources
      end
    end

    # Awaits the change of configurations.
    class IncrementalAlterConfigsHandle < AbstractHandle
      include KarafkaNative::AdminHandle
      include KarafkaNative::ConfigResources

      # @return [String]
      def operation_name
        "incremental alter configs"
      end

      # @raise [RdkafkaError] always
      def raise_error
        raise_response
      end

      private

      def outcome_of(answer)
        succeeded(resource_error(answer) || IncrementalAlterConfigsReport.new(resources(answer)))
      end

      def empty_report
        IncrementalAlterConfigsReport.new([])
      end
    end
  end
end
