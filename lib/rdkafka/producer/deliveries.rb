# frozen_string_literal: true

module Rdkafka
  class Producer
    # What {Producer.wait_all} has found out. Reports are made when they are asked for.
    class Deliveries
      # @private
      # @param handles [Array<DeliveryHandle>]
      # @param failed [Array<Integer>] indices of those whose messages failed
      # @param pending [Array<Integer>] indices of those that were not done in time
      def initialize(handles, failed, pending)
        @handles = handles
        @failed = failed
        @pending = pending
      end

      # @return [Boolean] whether all messages were delivered
      def delivered?
        @failed.empty? && @pending.empty?
      end

      # @return [Array<DeliveryReport, nil>] in the order of the handles; nil for those that were not done in time. The
      #   `error` of a message that failed is an {RdkafkaError}.
      def reports
        @reports ||= begin
          pending = @pending.to_h { |index| [index, true] }
          @handles.each_with_index.map { |handle, index| handle.create_result unless pending[index] }
        end
      end

      # @return [Array<DeliveryReport>] of the messages that failed
      def failed
        @failed.map { |index| reports[index] }
      end

      # @return [Array<DeliveryHandle>] those that were not done in time
      def pending
        @handles.values_at(*@pending)
      end
    end
  end
end
