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
        entered = false
        begin
          # Ruby locks, calls and unlocks in one, so that no interrupt arrives in between.
          return @mutex.synchronize do
            entered = true
            yield
          end
        rescue ThreadError
          raise if entered
        end
        yield
      end
    end
  end
end
