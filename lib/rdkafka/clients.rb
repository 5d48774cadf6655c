# frozen_string_literal: true

require_relative "../karafka_native/exit_timeout"
require_relative "helpers/time"

module Rdkafka
  # The clients that this process has open, so that none is left behind at its end. Each Ractor knows its own; those of
  # other Ractors than the main one are given up when these end.
  #
  # @private
  module Clients
    class << self
      include Helpers::Time

      # Remembers a client without keeping it alive.
      #
      # @param client [#close, #closed?, #close_at_exit, #name]
      # @return [Object] client
      def register(client)
        Internal::RactorState.current.clients.add(client)
      end

      # Closes all open clients of this process, in order of registration. Does nothing in a forked process, which does
      # not own the clients that it inherited.
      #
      # @return [nil]
      # @raise [StandardError] the first error of a client, after all have been closed
      def close_all
        Internal::RactorState.current.clients.each_open(&:close)
      end

      # {.close_all} for the end of the process: takes at most {KarafkaNative.exit_timeout_ms} for all clients together,
      # and logs a warning for each one that has given messages up.
      #
      # @return [nil]
      # @raise [StandardError] the first error of a client, after all have been closed
      def close_at_exit
        timeout_ms = KarafkaNative.exit_timeout_ms
        deadline = timeout_ms && (monotonic_now_ms + timeout_ms)

        Internal::RactorState.current.clients.each_open do |client|
          name = name_of(client)
          lost = client.close_at_exit(deadline && [deadline - monotonic_now_ms, 0].max)
          warn_about_loss(name, lost) if lost.positive?
        end
      end

      private

      # Asked for before the client is closed, and no reason to leave it open.
      def name_of(client)
        client.name
      rescue StandardError
        client.class.name
      end

      def warn_about_loss(name, lost)
        Config.logger.warn(
          "rdkafka: #{name} was still open at the end of the process and gave up #{lost} undelivered message(s); " \
          "close clients, or see KarafkaNative.exit_timeout_ms"
        )
      end
    end
  end
end

# Here, so that it is set exactly once, and before any block of the application: these run first.
at_exit do
  Rdkafka::Clients.close_at_exit
ensure
  KarafkaNative::Native.stop_reaper
end
