# frozen_string_literal: true

require "timeout"
require_relative "channel"

module KarafkaNative
  module CommandLine
    module Doctor
      # One step of an examination. Subclasses say which {step} they are, and have a method `examine`.
      class Step
        class << self
          # @return [String] title in front of its lines
          attr_reader :title

          # @return [Array<String>] titles of steps that have to succeed first
          attr_reader :needs

          private

          def step(title, needs: [])
            @title = title
            @needs = needs
          end
        end

        # @param examination [Examination]
        def initialize(examination)
          @examination = examination
        end

        # Never raises, because an error in one step must not prevent the others.
        #
        # @return [void]
        def run
          missing = self.class.needs.find { |title| !facts[title] }
          return skipped("not tried, see #{missing}") if missing

          examine
        rescue StandardError => e
          failed("could not be examined: #{quote(e)} (#{e.class})")
        end

        private

        def facts = @examination.facts
        def settings = @examination.settings
        def options = @examination.options
        def clients = @examination.clients
        def seconds = options.timeout_ms / 1000.0
        # The driver has the same method, but is loaded only by a step.
        def monotonic_now = Process.clock_gettime(Process::CLOCK_MONOTONIC)
        def quote(error) = @examination.report.quote(error)

        # Stores a result for later steps.
        def found(value, title = self.class.title)
          facts[title] = value
        end

        def ok(text, title = self.class.title)
          @examination.report.add(title, :ok, text)
        end

        def failed(text, advice = nil, title = self.class.title)
          @examination.report.add(title, :failed, text, advice)
        end

        def skipped(text, advice = nil, title = self.class.title)
          @examination.report.add(title, :skipped, text, advice)
        end

        # @raise [Timeout::Error] when the block takes too long
        def in_time(&)
          Timeout.timeout(seconds, Timeout::Error, "no answer within #{seconds} s", &)
        end

        # @yieldparam channel [Channel]
        # @return [Object] what the block returns
        # @raise [Timeout::Error, StandardError] see {Channel.open}
        def with_channel(server, &)
          in_time { Channel.open(server, settings, &) }
        end

        # Calls the block for each, concurrently.
        #
        # @return [Hash] for each what the block returns, or the exception that it raises
        def at_once(things)
          threads = things.map do |thing|
            Thread.new do
              yield thing
            rescue StandardError => e
              e
            end
          end
          things.zip(threads.map(&:value)).to_h
        end
      end
    end
  end
end
