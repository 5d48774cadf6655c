# frozen_string_literal: true

module KarafkaNative
  module Internal
    # Calls a callback with as many arguments as it takes.
    #
    # @private
    class Listener
      # @param callback [#call, nil]
      # @return [Listener, nil] nil for nil
      def self.of(callback)
        callback && new(callback)
      end

      # @param callback [#call]
      def initialize(callback)
        @callback = callback
        @count = count(callback)
      end

      # @return [Object] what the callback returns
      def call(*arguments)
        @callback.call(*arguments.first(@count))
      end

      private

      # @return [Integer] how many positional arguments it takes at most
      def count(callback)
        callback = callback.method(:call) unless callback.is_a?(Proc) || callback.is_a?(Method)
        kinds = callback.parameters.map(&:first)
        kinds.include?(:rest) ? ANY : kinds.count(:req) + kinds.count(:opt)
      end

      # More arguments than there ever are.
      ANY = 100
      private_constant :ANY
    end
  end
end
