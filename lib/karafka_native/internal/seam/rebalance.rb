# frozen_string_literal: true

module KarafkaNative
  module Internal
    # Handles a rebalance, unless another gem has replaced `Rdkafka::Bindings::RebalanceCallback`: the driver assigns or
    # unassigns the partitions, then the listener is called.
    #
    # @private
    module Rebalance
      class << self
        # @return [#call] the function that assigns and unassigns partitions
        def function
          Replaceable.function(:RebalanceCallback, DEFAULT)
        end

        # The driver's own function.
        #
        # @param client [FFI::Pointer]
        # @param code [Integer] whether they are assigned or revoked
        # @param list [FFI::Pointer]
        # @param opaque [FFI::Pointer]
        def call(client, code, list, opaque)
          partitions = Rdkafka::Consumer::TopicPartitionList.from_native_tpl(list).freeze
          Native.answer_rebalance(client, code, list)
          notify(code, partitions, Rdkafka::Config.opaques[opaque.to_i])
        end

        # Calls the listener. Exceptions in it are logged, by the block if there is one.
        #
        # @param code [Integer] whether they are assigned or revoked
        # @param partitions [Rdkafka::Consumer::TopicPartitionList]
        # @param opaque [Rdkafka::Opaque, nil]
        def notify(code, partitions, opaque)
          case code
          when Rdkafka::Bindings::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS
            opaque&.call_on_partitions_assigned(partitions)
          when Rdkafka::Bindings::RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS
            opaque&.call_on_partitions_revoked(partitions)
          end
        rescue Exception => e # rubocop:disable Lint/RescueException -- a listener must not break the rebalance
          text = Text.of_unhandled(e)
          block_given? ? yield(text) : LogWriter.report(Rdkafka::Config.logger, :error, text)
        end
      end

      # The same function for other gems, which call it with pointers.
      DEFAULT = Ractor.make_shareable(FFI::Function.new(:void, %i[pointer int pointer pointer], self))
    end
  end
end
