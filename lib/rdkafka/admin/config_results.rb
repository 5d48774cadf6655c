# frozen_string_literal: true

module Rdkafka
  class Admin
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

    # An option. What is a matter of yes or no is 1 or 0.
    class ConfigBindingResult
      # @return [String]
      attr_reader :name

      # @return [String, nil] nil for secrets
      attr_reader :value

      # @return [Integer] 1 if it cannot be changed
      attr_reader :read_only

      # @return [Integer] 1 if nobody has set it
      attr_reader :default

      # @return [Integer] 1 if it is a secret
      attr_reader :sensitive

      # @return [Integer] 1 if it is a synonym of another
      attr_reader :synonym

      # @return [Array<ConfigBindingResult>] where the value may come from, the first that is set counts
      attr_reader :synonyms

      # @private
      # @param values [Array] in the order of the readers
      def initialize(values)
        @name, @value, @read_only, @default, @sensitive, @synonym, synonyms = values
        @synonyms = synonyms.map { |synonym| self.class.new(synonym) }
      end
    end
  end
end
