# frozen_string_literal: true

module KarafkaNative
  module Internal
    # The callbacks of one client. The native side calls them with the GVL, after librdkafka's function has returned.
    #
    # @private
    class Callbacks
      # Logger severities of librdkafka's syslog levels.
      SEVERITIES = {
        0 => Logger::FATAL, 1 => Logger::FATAL, 2 => Logger::FATAL, 3 => Logger::ERROR, 4 => Logger::WARN,
        5 => Logger::INFO, 6 => Logger::INFO, 7 => Logger::DEBUG
      }.freeze

      SYSLOG_WARNING = 4
      private_constant :SYSLOG_WARNING

      # @return [Rdkafka::Opaque] by which other gems know the client
      attr_reader :opaque

      # @return [Hash{Integer => Rdkafka::Producer::DeliveryHandle}] handles for a delivery callback
      attr_reader :handles

      # @param listeners [Listeners]
      # @param unassigned_statistics [Boolean] whether statistics include unassigned partitions
      # @param redaction [#call] removes the values of secret options from a text
      def initialize(listeners = Listeners.new, unassigned_statistics: true, redaction: :itself.to_proc)
        @listeners = listeners
        @opaque = Rdkafka::Opaque.new
        @handles = {}
        @unassigned_statistics = unassigned_statistics
        @redaction = redaction
        @unreadable_statistics = false
        @delivery = [nil, nil, @handles, nil].freeze
        @acknowledgement_callback = nil
        Rdkafka::Config.opaques[@opaque.object_id] = @opaque
      end

      # Sets the client. Work in flight with a callback or a handle keeps this object alive, and so the client, so that
      # process exit can close it.
      #
      # @param client [Object]
      # @param name [String]
      def belong_to(client, name)
        @client = client
        @listeners.name = name
      end

      # @return [#call, nil]
      def delivery_callback
        @delivery[0]
      end

      # @return [Integer, nil] how many arguments it takes
      def delivery_callback_arity
        @delivery[1]
      end

      # @param callback [#call]
      # @param arity [Integer]
      def delivery(callback, arity)
        # The native side reads this for each message: one variable is faster than four.
        @delivery = [callback, arity, @handles, pending_handles].freeze
      end

      # @return [#call, nil] of a share consumer
      attr_writer :acknowledgement_callback

      # @return [Boolean]
      def acknowledgement_callback?
        !@acknowledgement_callback.nil?
      end

      # @param answered [Array<Array(String, Integer, Array<Integer>)>] topics, partitions and offsets
      # @param code [Integer] 0, or why the acknowledgements failed
      def acknowledged(answered, code)
        partitions = answered.map do |topic, partition, offsets|
          { topic: topic, partition: partition, offsets: offsets }
        end
        @acknowledgement_callback&.call(partitions, Rdkafka::RdkafkaError.build(code) || nil)
      rescue StandardError, ScriptError => e
        @listeners.log_error(
          Text.join("Unhandled exception in acknowledgement commit callback: #{e.class} - ", e.message.to_s)
        )
      end

      # @param level [Integer] syslog's
      # @param line [String]
      def log(level, line)
        @listeners.log(SEVERITIES.fetch(level, Logger::UNKNOWN), "rdkafka: #{@redaction.call(line)}")
      end

      # @return [Boolean] whether there is a statistics callback
      def statistics?
        @listeners.statistics?
      end

      # @return [Boolean]
      def unassigned_statistics?
        @unassigned_statistics
      end

      # @param statistics [Hash]
      # @param partition_counts [Hash{String => Integer}] by topic
      def statistics(statistics, partition_counts)
        partition_counts.each { |topic, count| Rdkafka::Producer.partitions_count_cache.set(topic, count) }
        @listeners.statistics(statistics)
      end

      # librdkafka does not escape names, which may make a document unreadable. Only the first one is logged, because
      # the next ones will be unreadable too.
      #
      # @param reason [String]
      def unreadable_statistics(reason)
        return if @unreadable_statistics

        @unreadable_statistics = true
        log(SYSLOG_WARNING, "statistics of a client are left out, as librdkafka's document cannot be read: #{reason}")
      end

      # @param client [Integer] address
      # @param code [Integer]
      # @param reason [String, nil]
      def error(client, code, reason)
        @listeners.error(FFI::Pointer.new(client), code, @redaction.call(reason), opaque_pointer)
      end

      # @param client [Integer] address
      # @param config [String, nil] value of `sasl.oauthbearer.config`
      def token_refresh(client, config)
        name = Native.client_name(client)
        @opaque.capture_client_name(name)
        @listeners.token_refresh(config, name)
      end

      # @param code [Integer] whether they were assigned or revoked
      # @param partitions [Rdkafka::Consumer::TopicPartitionList]
      def rebalanced(code, partitions)
        Rebalance.notify(code, partitions.freeze, @opaque) { |text| @listeners.log_error(text) }
      end

      # Calls the function with which another gem has replaced the driver's.
      #
      # @param client [Integer] address
      # @param code [Integer] whether they are assigned or revoked
      # @param partitions [Integer] address of a list that is valid during the call
      def rebalance(client, code, partitions)
        Rebalance.function.call(
          FFI::Pointer.new(client), code, FFI::Pointer.new(partitions), opaque_pointer
        )
      end

      # @param key [Integer] of a message that was produced before the callback was set
      # @return [Rdkafka::Producer::DeliveryHandle, nil] its handle, if it is still referenced
      def earlier_handle(key)
        @delivery[3]&.[](key)
      end

      # A delivery callback must not end the polling thread.
      #
      # @param exception [Exception]
      def delivery_callback_raised(exception)
        @listeners.log_error(Text.of_unhandled(exception))
      end

      private

      # Handles of messages that were produced before the callback was set, if they are still referenced.
      def pending_handles
        handles = ObjectSpace::WeakMap.new
        Rdkafka::AbstractHandle::REGISTRY.each_value do |handle|
          handles[handle.key] = handle if handle.is_a?(Rdkafka::Producer::DeliveryHandle)
        end
        handles unless handles.keys.empty?
      end

      def opaque_pointer
        FFI::Pointer.new(@opaque.object_id)
      end
    end
  end
end
