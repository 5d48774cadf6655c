# frozen_string_literal: true

module Rdkafka
  class Producer
    # The result of {Producer.wait_all}. Reports are built when asked for.
    class Deliveries
      # @private
      # @param handles [Array<DeliveryHandle>]
      # @param failed [Array<Integer>] indices of the failed ones
      # @param pending [Array<Integer>] indices of those that are still pending
      def initialize(handles, failed, pending)
        @handles = handles
        @failed = failed
        @pending = pending
      end

      # @return [Boolean] whether all messages were delivered
      def delivered?
        @failed.empty? && @pending.empty?
      end

      # @return [Array<DeliveryReport, nil>] in the order of the handles; nil for pending ones. The `error` of a failed
      #   message is an {RdkafkaError}.
      def reports
        @reports ||= begin
          pending = @pending.to_h { |index| [index, true] }
          @handles.each_with_index.map { |handle, index| handle.create_result unless pending[index] }
        end
      end

      # @return [Array<DeliveryReport>] of the failed messages
      def failed
        @failed.map { |index| reports[index] }
      end

      # @return [Array<DeliveryHandle>] those that are still pending
      def pending
        @handles.values_at(*@pending)
      end
    end
  end
end
