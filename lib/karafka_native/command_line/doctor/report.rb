# frozen_string_literal: true

require "json"

module KarafkaNative
  module CommandLine
    module Doctor
      # Prints the findings.
      class Report
        MARKS = { ok: "✓", failed: "✗", skipped: "–" }.freeze
        WIDTH = 9
        private_constant :MARKS, :WIDTH

        # @param out [IO]
        # @param settings [Settings] whose secrets are not printed
        # @param json [Boolean] whether to print one JSON document at the end
        def initialize(out, settings, json:)
          @out = out
          @settings = settings
          @json = json
          @findings = []
        end

        # @param step [String]
        # @param status [Symbol] `:ok`, `:failed` or `:skipped`
        # @param text [String] the finding
        # @param advice [String, nil] what to do about it
        # @return [void]
        def add(step, status, text, advice = nil)
          @findings << { step: step, status: status, text: text, advice: advice }.compact
          return if @json

          @out.puts "#{MARKS.fetch(status)} #{step.ljust(WIDTH)} #{text}"
          @out.puts "#{" " * (WIDTH + 3)}#{advice}" if advice
          @out.flush
        end

        # @param error [Exception] with a message from elsewhere
        # @return [String] the message on one line, without secrets
        def quote(error)
          text = error.respond_to?(:broker_message) && error.broker_message ? error.broker_message : error.message
          text = one_line(text.dup.force_encoding(Encoding::UTF_8).scrub)
          secrets.reduce(text) { |safe, secret| safe.gsub(secret, Internal::Secrets::REDACTED) }
        end

        # @return [Boolean]
        def failed?
          @findings.any? { |finding| finding[:status] == :failed }
        end

        # Prints the JSON document, if wanted.
        #
        # @return [Integer] exit status
        def finish
          @out.puts JSON.generate(ok: !failed?, steps: @findings) if @json
          failed? ? 1 : 0
        end

        private

        # The longest first, because one may contain another.
        def secrets
          values = @settings.to_h.filter_map { |name, value| one_line(value) if Internal::Secrets.secret?(name) }
          values.reject(&:empty?).sort_by { |value| -value.size }
        end

        def one_line(text)
          text.gsub(/\s+/, " ").strip
        end
      end
    end
  end
end
