# frozen_string_literal: true

module KarafkaNative
  module Internal
    # Two drivers in one process would overwrite each other's classes. So this one refuses to be loaded second, and
    # refuses a second one.
    #
    # @private
    module SoleDriver
      ADVICE = "karafka-native replaces the gems karafka-rdkafka and rdkafka and cannot share a process with them: " \
               "use its adapter gems of the same names in the bundle, or require karafka-native first"
      # Constants that other drivers define early: the very first, and the first one in a file that only they have.
      FOREIGN = %i[VERSION Callbacks].freeze
      private_constant :ADVICE, :FOREIGN

      # @return [void]
      # @raise [LoadError] if another driver is loaded
      def self.be_first
        return unless defined?(Rdkafka::Bindings)

        there = Rdkafka.const_source_location(:Bindings)&.first
        raise LoadError, "another rdkafka driver is loaded already (#{there}); #{ADVICE}."
      end

      # @return [void]
      def self.stay_alone
        Rdkafka.extend(self)
      end

      private

      def const_added(name)
        super
        return unless FOREIGN.include?(name)

        newcomer = const_source_location(name)&.first
        raise LoadError, "karafka-native is loaded already, #{newcomer} comes second; #{ADVICE}."
      end
    end
  end
end
