# frozen_string_literal: true

require_relative "../karafka_native/client"
require_relative "admin/operation_handle"
require_relative "admin/topic_handles"
require_relative "admin/list_offsets_handle"

module Rdkafka
  # Manages a cluster. Made by {Config#admin}.
  #
  # Operations return handles at once; results arrive without polling.
  class Admin
    include KarafkaNative::Client
    include Helpers::OAuth
    include Helpers::Metadata
    include Helpers::ListOffsets

    # @private
    # @param native [KarafkaNative::Native::Producer]
    # @param callbacks [KarafkaNative::Callbacks]
    # @param poller [KarafkaNative::PollingThread, nil]
    def initialize(native, callbacks, poller)
      @native = native
      @callbacks = callbacks
      @poller = poller
      @started = false
    end

    # Creates a topic.
    #
    # @param topic_name [String]
    # @param partition_count [Integer] -1 for the broker's default
    # @param replication_factor [Integer] -1 for the broker's default
    # @param topic_config [Hash, nil] topic options
    # @return [CreateTopicHandle]
    # @raise [Config::ConfigError] when a number is out of range
    # @raise [TypeError] when the name is no String
    # @raise [ClosedAdminError]
    def create_topic(topic_name, partition_count, replication_factor, topic_config = {})
      closed_admin_check(__method__)
      options = topic_config.to_h.map { |key, value| [key.to_s, value.to_s] }
      CreateTopicHandle.new(@native.create_topic(topic_name, partition_count, replication_factor, options))
    end

    # Deletes a topic.
    #
    # @param topic_name [String]
    # @return [DeleteTopicHandle]
    # @raise [TypeError] when the name is no String
    # @raise [ClosedAdminError]
    def delete_topic(topic_name)
      closed_admin_check(__method__)
      DeleteTopicHandle.new(@native.delete_topic(topic_name))
    end

    # Frees the client. Operations that wait end with `:destroy`. Closing a closed client does nothing.
    #
    # @return [nil]
    def close
      close_at_exit(nil)
      nil
    end

    # @private
    # @param timeout_ms [Integer, nil]
    # @return [Integer] 0: admin clients give up no messages
    def close_at_exit(timeout_ms)
      return 0 unless @native.begin_close

      begin
        @native.destroy(timeout_ms) if @native.wait_idle(time_for_others_ms(timeout_ms))
      ensure
        # Interrupted, or not done in time: its polling thread goes on.
        @native.reopen
      end
      @poller&.join if @native.closed? && !@poller&.current?
      0
    end

    # @return [Boolean] whether it is closed, or was made by another process
    def closed?
      @native.closed?
    end

    private

    def closed_admin_check(method)
      raise ClosedAdminError, method if closed?
    end
    alias closed_check closed_admin_check
  end
end
