# frozen_string_literal: true

require_relative "handle"

module Rdkafka
  class Admin
    # Creates a rule of access control.
    #
    # @param resource_type [Integer] `Bindings::RD_KAFKA_RESOURCE_*`
    # @param resource_name [String]
    # @param resource_pattern_type [Integer] `Bindings::RD_KAFKA_RESOURCE_PATTERN_*`
    # @param principal [String] such as `User:alice`
    # @param host [String] `*` for all
    # @param operation [Integer] `Bindings::RD_KAFKA_ACL_OPERATION_*`
    # @param permission_type [Integer] `Bindings::RD_KAFKA_ACL_PERMISSION_TYPE_*`
    # @param request_timeout_ms [Integer, nil] see {Admin}
    # @param broker_id [Integer, nil] see {Admin}
    # @return [CreateAclHandle]
    # @raise [Config::ConfigError] when librdkafka rejects a number
    # @raise [TypeError] when a value has another type
    # @raise [ArgumentError] when a text contains a null byte, and for an option out of range
    # @raise [ClosedAdminError]
    def create_acl(resource_type:, resource_name:, resource_pattern_type:, principal:, host:, operation:,
      permission_type:, request_timeout_ms: nil, broker_id: nil)
      require_open(__method__)
      CreateAclHandle.new(@native.create_acl(
        [resource_type, resource_name, resource_pattern_type, principal, host, operation, permission_type],
        [request_timeout_ms, nil, broker_id]
      ))
    end

    # Lists the rules that match a filter.
    #
    # @param resource_type [Integer] `Bindings::RD_KAFKA_RESOURCE_*`
    # @param resource_name [String, nil] nil for any
    # @param resource_pattern_type [Integer] `Bindings::RD_KAFKA_RESOURCE_PATTERN_*`
    # @param principal [String, nil] such as `User:alice`; nil for any
    # @param host [String, nil] `*` for all; nil for any
    # @param operation [Integer] `Bindings::RD_KAFKA_ACL_OPERATION_*`
    # @param permission_type [Integer] `Bindings::RD_KAFKA_ACL_PERMISSION_TYPE_*`
    # @param request_timeout_ms [Integer, nil] see {Admin}
    # @param broker_id [Integer, nil] see {Admin}
    # @return [DescribeAclHandle]
    # @raise [Config::ConfigError] when librdkafka rejects a number
    # @raise [TypeError] when a value has another type
    # @raise [ArgumentError] when a text contains a null byte, and for an option out of range
    # @raise [ClosedAdminError]
    def describe_acl(resource_type:, resource_name:, resource_pattern_type:, principal:, host:, operation:,
      permission_type:, request_timeout_ms: nil, broker_id: nil)
      require_open(__method__)
      DescribeAclHandle.new(@native.describe_acl(
        [resource_type, resource_name, resource_pattern_type, principal, host, operation, permission_type],
        [request_timeout_ms, nil, broker_id]
      ))
    end

    # Deletes the rules that match a filter.
    #
    # @param resource_type [Integer] `Bindings::RD_KAFKA_RESOURCE_*`
    # @param resource_name [String, nil] nil for any
    # @param resource_pattern_type [Integer] `Bindings::RD_KAFKA_RESOURCE_PATTERN_*`
    # @param principal [String, nil] such as `User:alice`; nil for any
    # @param host [String, nil] `*` for all; nil for any
    # @param operation [Integer] `Bindings::RD_KAFKA_ACL_OPERATION_*`
    # @param permission_type [Integer] `Bindings::RD_KAFKA_ACL_PERMISSION_TYPE_*`
    # @param request_timeout_ms [Integer, nil] see {Admin}
    # @param broker_id [Integer, nil] see {Admin}
    # @return [DeleteAclHandle]
    # @raise [Config::ConfigError] when librdkafka rejects a number
    # @raise [TypeError] when a value has another type
    # @raise [ArgumentError] when a text contains a null byte, and for an option out of range
    # @raise [ClosedAdminError]
    def delete_acl(resource_type:, resource_name:, resource_pattern_type:, principal:, host:, operation:,
      permission_type:, request_timeout_ms: nil, broker_id: nil)
      require_open(__method__)
      DeleteAclHandle.new(@native.delete_acl(
        [resource_type, resource_name, resource_pattern_type, principal, host, operation, permission_type],
        [request_timeout_ms, nil, broker_id]
      ))
    end

    # An access control rule.
    class AclBindingResult
      # @return [Integer] 0, or librdkafka's error code
      attr_reader :result_error

      # @return [String] the error message; empty without an error
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

    # Result of creating a rule.
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

    # Pending creation of a rule.
    class CreateAclHandle < Handle
      awaits "create acl" do |answer|
        error = answer.first
        error ? failed(error, report(error.rdkafka_response, error.broker_message)) : succeeded(report(0, "".b))
      end

      private

      def report(code, text)
        CreateAclReport.new(rdkafka_response: code, rdkafka_response_string: text)
      end
    end

    # Rules that match a filter.
    class DescribeAclReport
      # @return [Array<AclBindingResult>]
      attr_reader :acls

      # @private
      # @param acls [Array<AclBindingResult>]
      def initialize(acls)
        @acls = acls
      end
    end

    # Pending list of rules.
    class DescribeAclHandle < Handle
      awaits "describe acl" do |answer|
        succeeded(DescribeAclReport.new(answer.map { |error, values| AclBindingResult.new(error, values) }))
      end

      private

      def empty_report
        DescribeAclReport.new([])
      end
    end

    # Rules that were deleted.
    class DeleteAclReport
      # @return [Array<AclBindingResult>]
      attr_reader :deleted_acls

      # @private
      # @param deleted_acls [Array<AclBindingResult>]
      def initialize(deleted_acls)
        @deleted_acls = deleted_acls
      end
    end

    # Pending deletion of rules.
    class DeleteAclHandle < Handle
      awaits "delete acl" do |answer|
        error, bindings = answer
        report = DeleteAclReport.new(bindings.map { |failure, values| AclBindingResult.new(failure, values) })
        error ? failed(error, report) : succeeded(report)
      end
    end
  end
end
