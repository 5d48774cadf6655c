# frozen_string_literal: true

module KarafkaNative
  module Internal
    # Two drivers in one process would take each other's classes apart: refuses to be the second, and refuses a second.
    #
    # @private
    module SoleDriver
      ADVICE = "karafka-native takes the place of the gems karafka-rdkafka and rdkafka and cannot run beside them: " \
               "let the bundle have its adapters of these names instead, or require karafka-native first"
      # What other drivers define early: the first constant of all, and the first in a file that only they have.
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
