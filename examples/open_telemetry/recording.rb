# frozen_string_literal: true

require "active_support"
require "active_support/notifications"
require "json"
require "opentelemetry/sdk"
require "ostruct" # racecar uses it and does not say so
require "racecar"
require "opentelemetry-instrumentation-rdkafka"
require "opentelemetry-instrumentation-racecar"

# Records finished spans and describes them.
module Recording
  # Numbers instead of random ids of spans and traces.
  module Numbers
    class << self
      def generate_trace_id = [next_number].pack("@8Q>")
      def generate_span_id = [next_number].pack("Q>")

      private

      def next_number = @number = @number.to_i + 1
    end
  end

  EXPORTER = OpenTelemetry::SDK::Trace::Export::InMemorySpanExporter.new

  class << self
    # @return [void]
    def start
      OpenTelemetry::SDK.configure do |config|
        config.logger = Logger.new($stderr)
        config.id_generator = Numbers
        config.add_span_processor(OpenTelemetry::SDK::Trace::Export::SimpleSpanProcessor.new(EXPORTER))
        config.use("OpenTelemetry::Instrumentation::Rdkafka")
        config.use("OpenTelemetry::Instrumentation::Racecar")
      end
    end

    # @return [OpenTelemetry::Trace::Tracer]
    def tracer
      OpenTelemetry.tracer_provider.tracer("example")
    end

    # @return [Array] what was consumed: offset, headers, name of the span around it
    def received
      @received ||= []
    end

    # @return [Hash]
    def result
      { spans: EXPORTER.finished_spans.map { |span| described(span) }, received: received }
    end

    private

    def described(span)
      {
        name: span.name, kind: span.kind, attributes: span.attributes,
        trace: span.hex_trace_id, span: span.hex_span_id, parent: span.hex_parent_span_id,
        links: span.links.to_a.map { |link| [link.span_context.hex_trace_id, link.span_context.hex_span_id] },
        events: span.events.to_a.map { |event| [event.name, event.attributes.except("exception.stacktrace")] },
        status: [span.status.code, span.status.description], library: span.instrumentation_scope.name
      }
    end
  end
end
