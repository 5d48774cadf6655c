# frozen_string_literal: true

require_relative "handle"

module Rdkafka
  class Admin
    # Describes configurations. `wait` raises if a single resource cannot be described.
    #
    # @param resources [Array<Hash>] each with `resource_type:` (`Bindings::RD_KAFKA_RESOURCE_*`: topic, group, or one
    #   broker) and `resource_name:` (of a broker its id)
    # @param request_timeout_ms [Integer, nil] see {Admin}
    # @param broker_id [Integer, nil] see {Admin}
    # @return [DescribeConfigsHandle]
    # @raise [KeyError] for a missing key
    # @raise [TypeError] when a name is not a String or a type not an Integer
    # @raise [ArgumentError] when a name contains a null byte, and for an option out of range
    # @raise [Config::ConfigError] for an empty name and for a type that librdkafka rejects
    # @raise [ClosedAdminError]
    def describe_configs(resources, request_timeout_ms: nil, broker_id: nil)
      require_open(__method__)
      wanted = Internal::Argument.collection(resources, "resources").map do |given|
        Internal::Argument.mapping(given, "resource").fetch_values(:resource_type, :resource_name)
      end
      DescribeConfigsHandle.new(@native.describe_configs(wanted, [request_timeout_ms, nil, broker_id]))
    end

    # Changes single options of resources. `wait` raises if a single resource cannot be changed.
    #
    # @param resources_with_configs [Array<Hash>] each with `resource_type:` (`Bindings::RD_KAFKA_RESOURCE_*`),
    #   `resource_name:` and `configs:`, an Array of Hashes with `name:`, `op_type:`
    #   (`Bindings::RD_KAFKA_ALTER_CONFIG_OP_TYPE_*`) and `value:` (nil only to delete)
    # @param validate_only [Boolean] only check whether they could be changed
    # @param request_timeout_ms [Integer, nil] see {Admin}
    # @param broker_id [Integer, nil] see {Admin}
    # @return [IncrementalAlterConfigsHandle]
    # @raise [KeyError] for a missing key
    # @raise [TypeError] when a name or value is not a String or a type not an Integer
    # @raise [ArgumentError] when a text contains a null byte, and for an option out of range
    # @raise [Config::ConfigError] for an empty name and for a type that librdkafka rejects
    # @raise [RdkafkaError] `:invalid_arg` when librdkafka rejects a change
    # @raise [ClosedAdminError]
    def incremental_alter_configs(resources_with_configs, validate_only: false, request_timeout_ms: nil,
      broker_id: nil)
      require_open(__method__)
      resources = changed_resources(resources_with_configs) { |configs| changes(configs) }
      options = [request_timeout_ms, nil, broker_id, validate_only]
      IncrementalAlterConfigsHandle.new(@native.incremental_alter_configs(resources, options))
    end

    # Sets options of resources, and resets all their other options to the defaults: prefer
    # {#incremental_alter_configs}. `wait` raises if a single resource cannot be changed.
    #
    # @param resources_with_configs [Array<Hash>] each with `resource_type:` (`Bindings::RD_KAFKA_RESOURCE_*`),
    #   `resource_name:` and `configs:`, a Hash from names to values
    # @param validate_only [Boolean] only check whether they could be changed
    # @param request_timeout_ms [Integer, nil] see {Admin}
    # @param broker_id [Integer, nil] see {Admin}
    # @return [AlterConfigsHandle]
    # @raise [KeyError] for a missing key
    # @raise [TypeError] when a name is not a String or a type not an Integer
    # @raise [ArgumentError] when a text contains a null byte, and for an option out of range
    # @raise [Config::ConfigError] for an empty name and for a type that librdkafka rejects
    # @raise [RdkafkaError] `:invalid_arg` for an option without a name
    # @raise [ClosedAdminError]
    def alter_configs(resources_with_configs, validate_only: false, request_timeout_ms: nil, broker_id: nil)
      require_open(__method__)
      resources = changed_resources(resources_with_configs) { |configs| Internal::Argument.options(configs, "configs") }
      options = [request_timeout_ms, nil, broker_id, validate_only]
      AlterConfigsHandle.new(@native.alter_configs(resources, options))
    end

    # A resource and its options.
    class ConfigResourceBindingResult
      # @return [String]
      attr_reader :name

      # @return [Integer] `Bindings::RD_KAFKA_RESOURCE_*`
      attr_reader :type

      # @return [Array<ConfigBindingResult>]
      attr_reader :configs

      # @return [nil] kept for callers; count {#configs}
      attr_reader :configs_count

      # @private
      # @param name [String]
      # @param type [Integer]
      # @param configs [Array<ConfigBindingResult>]
      def initialize(name, type, configs)
        @name = name
        @type = type
        @configs = configs
      end
    end

    # An option. Flags are 1 or 0.
    class ConfigBindingResult
      # @return [String]
      attr_reader :name

      # @return [String, nil] nil for secrets
      attr_reader :value

      # @return [Integer] 1 if it cannot be changed
      attr_reader :read_only

      # @return [Integer] 1 if it has its default value
      attr_reader :default

      # @return [Integer] 1 if it is a secret
      attr_reader :sensitive

      # @return [Integer] 1 if it is a synonym of another
      attr_reader :synonym

      # @return [Integer] where the value comes from, as librdkafka numbers it
      attr_reader :source

      # @return [String] the name of that source, such as `DYNAMIC_TOPIC_CONFIG`
      attr_reader :source_name

      # @return [Array<ConfigBindingResult>] possible sources of the value; the first that is set wins
      attr_reader :synonyms

      # @private
      # @param values [Array] in the order of the readers
      def initialize(values)
        @name, @value, @read_only, @default, @sensitive, @synonym, @source, @source_name, synonyms = values
        @synonyms = synonyms.map { |synonym| self.class.new(synonym) }
      end
    end

    # Resources with their configurations.
    #
    # @private
    class ConfigsReport
      # @return [Array<ConfigResourceBindingResult>]
      attr_reader :resources

      # @private
      # @param resources [Array<ConfigResourceBindingResult>]
      def initialize(resources)
        @resources = resources
      end
    end

    # Pending list of configurations.
    #
    # @private
    class ConfigsHandle < Handle
      private

      # A single failed resource makes the operation fail.
      def configs(answer, report)
        error = answer.filter_map { |_name, _type, found| found }.first
        return succeeded(RdkafkaError.new(error.rdkafka_response, error.broker_message)) if error

        succeeded(report.new(answer.map { |name, type, _error, entries| resource(name, type, entries) }))
      end

      def resource(name, type, entries)
        ConfigResourceBindingResult.new(name, type, entries.map { |values| ConfigBindingResult.new(values) })
      end
    end

    # Configurations of resources.
    class DescribeConfigsReport < ConfigsReport
    end

    # Pending list of configurations.
    class DescribeConfigsHandle < ConfigsHandle
      awaits("describe configs") { |answer| configs(answer, DescribeConfigsReport) }

      private

      def empty_report
        DescribeConfigsReport.new([])
      end
    end

    # Configurations that were replaced.
    class AlterConfigsReport < ConfigsReport
    end

    # Pending replacement of configurations.
    class AlterConfigsHandle < ConfigsHandle
      awaits("alter configs") { |answer| configs(answer, AlterConfigsReport) }

      private

      def empty_report
        AlterConfigsReport.new([])
      end
    end

    # Configurations that were changed.
    class IncrementalAlterConfigsReport < ConfigsReport
    end

    # Pending change of configurations.
    class IncrementalAlterConfigsHandle < ConfigsHandle
      awaits("incremental alter configs") { |answer| configs(answer, IncrementalAlterConfigsReport) }

      private

      def empty_report
        IncrementalAlterConfigsReport.new([])
      end
    end

    private

    # @yieldparam configs [Object] as given for one resource
    # @return [Array<Array>] type, name and what the block returns
    def changed_resources(resources_with_configs)
      Internal::Argument.collection(resources_with_configs, "resources_with_configs").map do |given|
        resource = Internal::Argument.mapping(given, "resource")
        [*resource.fetch_values(:resource_type, :resource_name), yield(resource.fetch(:configs))]
      end
    end

    def changes(configs)
      Internal::Argument.collection(configs, "configs").map do |given|
        Internal::Argument.mapping(given, "config").fetch_values(:name, :op_type, :value)
      end
    end
  end
end
