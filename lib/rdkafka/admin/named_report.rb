# frozen_string_literal: true

module Rdkafka
  class Admin
    # Result of an operation on a named thing.
    #
    # @private
    class NamedReport
      # @return [String, nil] why it failed; nil on success
      attr_reader :error_string

      # @return [String] name of the topic or group
      attr_reader :result_name

      # @private
      # @param error_string [String, nil]
      # @param result_name [String]
      def initialize(error_string, result_name)
        @error_string = error_string
        @result_name = result_name
      end
    end
  end
end
