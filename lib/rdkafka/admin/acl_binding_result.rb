# frozen_string_literal: true

module Rdkafka
  class Admin
    # A rule that brokers have, or had.
    class AclBindingResult
      # @return [Integer] 0, or librdkafka's code of what is wrong with it
      attr_reader :result_error

      # @return [String] what is wrong with it; empty if nothing is
      attr_reader :error_string

      # @return [Integer] `Bindings::RD_KAFKA_RESOURCE_*`
      attr_reader :matching_acl_resource_type

      # @return [String]
      attr_reader :matching_acl_resource_name

      # @return [Integer] `Bindings::RD_KAFKA_RESOURCE_PATTERN_*`
      attr_reader :matching_acl_resource_pattern_type
      alias matching_acl_pattern_type matching_acl_resource_pattern_type

      # @return [String]
      attr_reader :matching_acl_principal

      # @return [String]
      attr_reader :matching_acl_host

      # @return [Integer] `Bindings::RD_KAFKA_ACL_OPERATION_*`
      attr_reader :matching_acl_operation

      # @return [Integer] `Bindings::RD_KAFKA_ACL_PERMISSION_TYPE_*`
      attr_reader :matching_acl_permission_type

      # @private
      # @param error [RdkafkaError, nil]
      # @param values [Array] resource type and name, pattern type, principal, host, operation, permission type
      def initialize(error, values)
        @result_error = error ? error.rdkafka_response : 0
        @error_string = error&.broker_message || "".b
        @matching_acl_resource_type, @matching_acl_resource_name, @matching_acl_resource_pattern_type,
          @matching_acl_principal, @matching_acl_host, @matching_acl_operation,
          @matching_acl_permission_type = values
      end
    end
  end
end
