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

    # Serves the first events (a token refresh callback is called here, on this thread), then starts the polling thread
    # if there is one.
    # {Config#admin} does it unless told not to. Calling it again does nothing.
    #
    # @return [nil]
    # @raise [ClosedInnerError]
    # @raise [Exception] what a callback raises
    def start
      start_once
    end

    # @return [String] such as `rdkafka#producer-1`, binary; known for good after the first call
    # @raise [ClosedInnerError]
    def name
      @name ||= @native.name
    end

    # Serves statistics, errors, logs and token refreshes, until nothing is left. Does not wait, and holds the
    # GVL; callbacks run on this thread.
    #
    # @yieldparam count [Integer] events served in one round
    # @yieldreturn [Object] `:stop` ends it
    # @return [nil]
    # @raise [Exception] what a callback raises
    # @raise [ClosedAdminError]
    def events_poll_nb_each
      closed_admin_check(__method__)
      while (count = serve_events)
        break if yield(count) == :stop || closed?
      end
      nil
    end

    # Tells an event loop of what {#events_poll_nb_each} would serve: `payload` is written when the queue stops
    # being empty.
    #
    # @param fd [Integer] file descriptor, best non-blocking
    # @param payload [String]
    # @return [nil]
    # @raise [RuntimeError] when there is a polling thread
    # @raise [ClosedInnerError]
    def enable_queue_io_events(fd, payload = "\x01")
      refuse_with_polling_thread
      @native.enable_queue_io_events(fd, payload)
    end

    # Tells an event loop of results of operations: `payload` is written for each.
    #
    # @param fd [Integer] file descriptor, best non-blocking
    # @param payload [String]
    # @return [nil]
    # @raise [RuntimeError] when there is a polling thread
    # @raise [ClosedInnerError]
    def enable_background_queue_io_events(fd, payload = "\x01")
      refuse_with_polling_thread
      @native.enable_background_queue_io_events(fd, payload)
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

      if @native.wait_idle(timeout_ms)
        @native.destroy
        @poller&.join unless @poller&.current?
      else
        # Its polling thread goes on, so that there is nothing to wait for.
        @native.reopen
      end
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
