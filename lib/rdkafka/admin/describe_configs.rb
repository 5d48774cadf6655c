# frozen_string_literal: true

module Rdkafka
  class Admin
    # Configurations that were asked for.
    class DescribeConfigsReport
      # @return [Array<ConfigResourceBindingResult>]
      attr_reader :resources

      # @private
      # @param resources [Array<ConfigResourceBindingResult>]
      def initialize(resources)
        @resources = resources
      end
    end

    # Awaits configurations.
    class DescribeConfigsHandle < AbstractHandle
      include KarafkaNative::AdminHandle
      include KarafkaNative::ConfigResources

      # @return [String]
      def operation_name
        "describe configs"
      end

      # @raise [RdkafkaError] always
      def raise_error
        raise_response
      end

      private

      def outcome_of(answer)
        succeeded(resource_error(answer) || DescribeConfigsReport.new(resources(answer)))
      end

      def empty_report
        DescribeConfigsReport.new([])
      end
    end
  end
end
