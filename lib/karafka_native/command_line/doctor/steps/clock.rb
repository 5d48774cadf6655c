# frozen_string_literal: true

module KarafkaNative
  module CommandLine
    module Doctor
      module Steps
        # The difference between this machine's clock and the controller's, which answers only without a login.
        class Clock < Step
          step "clock", needs: %w[kafka]

          # More is wrong.
          TOLERATED_MS = 5_000

          private

          def examine
            return skipped("not compared: brokers do not tell their time before a login") if settings.sasl?

            difference, uncertainty = compare
            return skipped("not compared: the brokers do not tell their time") unless difference

            order = difference.negative? ? "behind" : "ahead of"
            text = "this machine is #{difference.abs} ms #{order} the controller, give or take #{uncertainty} ms"
            return ok(text) if difference.abs <= TOLERATED_MS

            failed(text, "Set the clocks by NTP: timestamps, retention, tokens and certificates depend on them.")
          end

          def compare
            with_channel(facts.fetch("kafka").first) do |channel|
              next unless channel.tells_time?

              before = now
              theirs = channel.controller_time or next
              after = now
              [((before + after) / 2) - theirs, ((after - before) / 2.0).ceil]
            end
          rescue SystemCallError, IOError, Timeout::Error
            nil
          end

          def now
            Process.clock_gettime(Process::CLOCK_REALTIME, :millisecond)
          end
        end
      end
    end
  end
end
