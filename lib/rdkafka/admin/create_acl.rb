# frozen_string_literal: true

module Rdkafka
  class Admin
    # What became of a rule that was to be created.
    class CreateAclReport
      # @return [Integer] 0 on success, else librdkafka's code
      attr_reader :rdkafka_response

      # @return [String] why it failed; empty on success
      attr_reader :rdkafka_response_string

      # @private
      # @param rdkafka_response [Integer]
      # @param rdkafka_response_string [String]
      def initialize(rdkafka_response:, rdkafka_response_string:)
        @rdkafka_response = rdkafka_response
        @rdkafka_response_string = rdkafka_response_string
      end
    end

    # Awaits the creation of a rule.
    class CreateAclHandle < AbstractHandle
      include KarafkaNative::AdminHandle

      # @return [String]
      def operation_name
        "create acl"
      end

      # @raise [RdkafkaError] always
      def raise_error
        raise_response
      end

      private

      def outcome_of(answer)
        error = answer.first
        return succeeded(report(0, "".b)) unless error

        failed(error, report(error.rdkafka_response, error.broker_message))
      end

      def report(code, text)
        CreateAclReport.new(rdkafka_response: code, rdkafka_response_string: text)
      end
    end
  end
end
