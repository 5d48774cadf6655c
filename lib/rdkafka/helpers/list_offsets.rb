# frozen_string_literal: true

module Rdkafka
  module Helpers
    # Offsets by specification or time, for admin clients and consumers.
    module ListOffsets
      # Names of the special offsets.
      SPECIFICATIONS = {
        earliest: Bindings::RD_KAFKA_OFFSET_SPEC_EARLIEST,
        latest: Bindings::RD_KAFKA_OFFSET_SPEC_LATEST,
        max_timestamp: Bindings::RD_KAFKA_OFFSET_SPEC_MAX_TIMESTAMP
      }.freeze
      private_constant :SPECIFICATIONS

      # Looks up offsets. Returns at once; the result needs no polling.
      #
      # @param topic_partition_offsets [Hash{String => Array<Hash>}] for each topic Hashes with `partition:` and
      #   `offset:`, which is `:earliest`, `:latest`, `:max_timestamp` or a time, as Time or in ms
      # @param isolation_level [Integer, nil] 0 to include uncommitted messages, 1 to exclude them
      # @param request_timeout_ms [Integer, nil] see {Admin}
      # @param operation_timeout_ms [Integer, nil] see {Admin}
      # @return [Admin::ListOffsetsHandle]
      # @raise [ArgumentError] for another offset or isolation level, and for an option out of range
      # @raise [KeyError] for a missing key
      # @raise [TypeError, NoMethodError] for arguments of the wrong kind
      def list_offsets(topic_partition_offsets, isolation_level: nil, request_timeout_ms: nil,
        operation_timeout_ms: nil)
        require_open(__method__)
        wanted = Internal::Argument.offsets(topic_partition_offsets) { |offset| offset_specification(offset) }
        options = [request_timeout_ms, operation_timeout_ms]
        Admin::ListOffsetsHandle.new(@native.list_offsets(wanted, isolation_level, options))
      end

      private

      def offset_specification(offset)
        SPECIFICATIONS[offset] || Internal::Argument.integer(offset) || KarafkaNative::Native.time_in_ms(offset) ||
          raise(ArgumentError, "Unknown offset specification: #{offset.inspect}")
      end
    end
  end
end
