# frozen_string_literal: true

module KarafkaNative
  module Internal
    # A mutex for short updates that signal handlers also make. A handler cannot wait for code that it has interrupted,
    # so it continues without the mutex.
    #
    # @private
    class SignalSafeLock
      def initialize
        @mutex = Thread::Mutex.new
      end

      # @yield with the mutex held, except in signal handlers
      # @return [Object] what the block returns
      def synchronize
        locked = lock
        yield
      ensure
        @mutex.unlock if locked
      end

      private

      # @return [Boolean] false in a signal handler
      def lock
        @mutex.lock
        true
      rescue ThreadError
        false
      end
    end
  end
end
