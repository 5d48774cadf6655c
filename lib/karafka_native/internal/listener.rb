# frozen_string_literal: true

module KarafkaNative
  module Internal
    # Calls a callback with as many arguments as it takes.
    #
    # @private
    class Listener
      POSITIONAL = %i[req opt].freeze
      UNTOLD = [[:rest].freeze].freeze
      # More arguments than there ever are.
      ANY = 100
      private_constant :POSITIONAL, :UNTOLD, :ANY

      # @param callback [#call, nil]
      # @param own [Integer] how many arguments it gets if it does not tell how many it takes
      # @return [Listener, nil] nil for nil
      def self.of(callback, own = 1)
        callback && new(callback, own)
      end

      # @param callback [#call]
      # @param own [Integer]
      def initialize(callback, own)
        @callback = callback
        @count = count(parameters(callback)) || own
      end

      # @return [Object] what the callback returns
      def call(*arguments)
        @callback.call(*arguments.first(@count))
      end

      private

      # @return [Array<Array>] as in `Proc#parameters`
      def parameters(callback)
        callback = callback.method(:call) unless callback.is_a?(Proc) || callback.is_a?(Method)
        callback.parameters
      rescue NameError
        UNTOLD
      end

      # @return [Integer, nil] how many positional arguments it takes at most; nil for a rest without a name, which
      #   composed and curried Procs, those of Symbols, delegators and functions in C have, whatever they take
      def count(parameters)
        rest = parameters.assoc(:rest)
        return ANY if rest&.at(1)

        parameters.count { |kind, _| POSITIONAL.include?(kind) } unless rest
      end
    end
  end
end
