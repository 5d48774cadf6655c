# frozen_string_literal: true

require_relative "../karafka_native/exit_timeout"
require_relative "helpers/time"

module Rdkafka
  # The open clients of this process, which are closed when it exits. Each Ractor has its own; clients of other Ractors
  # than the main one are discarded when the Ractor ends.
  #
  # @private
  module Clients
    class << self
      include Helpers::Time

      # Registers a client without keeping it alive.
      #
      # @param client [#close, #closed?, #close_at_exit, #name]
      # @return [Object] client
      def register(client)
        Internal::RactorState.current.clients.add(client)
      end

      # Closes all open clients of this process in order of registration. Ignores clients inherited through a fork.
      #
      # @return [nil]
      # @raise [StandardError] the first error of a client, after all have been closed
      def close_all
        Internal::RactorState.current.clients.each_client { |client| client.close unless client.closed? }
      end

      # Like {.close_all}, but for process exit: takes at most {KarafkaNative.exit_timeout_ms} for all clients together,
      # waits for clients that other threads are closing, and logs a warning for each client that has given up messages.
      #
      # @return [nil]
      # @raise [StandardError] the first error of a client, after all have been closed
      def close_at_exit
        timeout_ms = KarafkaNative.exit_timeout_ms
        deadline = timeout_ms && (monotonic_now_ms + timeout_ms)

        Internal::RactorState.current.clients.each_client do |client|
          name = name_of(client)
          lost = client.close_at_exit(deadline && [deadline - monotonic_now_ms, 0].max)
          warn_about_loss(name, lost) if lost.positive?
        end
      end

      private

      # Called before the client is closed. An error must not keep it open.
      def name_of(client)
        client.name
      rescue StandardError
        client.class.name
      end

      def warn_about_loss(name, lost)
        Internal::LogWriter.report(
          Config.logger,
          :warn,
          "rdkafka: #{name} was still open at the end of the process and gave up #{lost} undelivered message(s); " \
          "close clients, or see KarafkaNative.exit_timeout_ms"
        )
      end
    end
  end
end

# Registered here, so once and before the application's own blocks, which therefore run first.
at_exit do
  Rdkafka::Clients.close_at_exit
ensure
  KarafkaNative::Native.stop_reaper
end
