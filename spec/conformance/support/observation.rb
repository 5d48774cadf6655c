# frozen_string_literal: true

module Conformance
  # Describes values as text, a line for each, down to classes, encodings, frozenness and instance variables.
  #
  #   Rdkafka::Consumer::Message
  #     @headers: Hash, frozen
  #       "kind" binary, frozen: "created" binary
  #     @key: nil
  #     @offset: 0
  class Observation
    # Text that was described already, by another process.
    Described = Data.define(:text)

    # There is no observation, because the scenario has failed.
    Failure = Data.define(:error)
    FAILURE = "The scenario failed: "

    # What differs from run to run. The rest of a line with a client's address or time in it is the driver's own.
    RUNNING = {
      /#(producer|consumer)-\d+/ => "#\\1-N",
      /(127\.0\.0\.1|localhost):\d+/ => "HOST:PORT",
      /port: \d+$/ => "port: PORT",
      /\bafter \d+ms\b/ => "after Nms",
      /0x\h{6,}/ => "0xADDRESS",
      %r{\d+/\d+ brokers are down} => "N/N brokers are down",
      /PID\{Id:\d+/ => "PID{Id:N",
      /mockCluster\h+/ => "mockClusterID",
      /\b(rdkafka|mock)-\h{8}-\h{4}-\h{4}-\h{4}-\h{12}\b/ => "\\1-UUID"
    }.freeze

    ERROR_READERS = %i[
      rdkafka_response code message_prefix broker_message instance_name details fatal? retryable? abortable?
    ].freeze

    # @param value [Object]
    # @param replacing [Hash{String, Regexp => String}] what else differs from run to run
    # @return [String]
    def self.text(value, replacing = {})
      new.lines(value).join("\n").then do |text|
        { **replacing, **RUNNING }.reduce(text) { |changed, (old, new)| changed.gsub(old, new) }
      end
    end

    # @return [Array<String>]
    def lines(value)
      case value
      when Described then value.text.lines(chomp: true)
      when Failure then ["#{FAILURE}#{value.error.full_message(highlight: false)}"]
      when Rdkafka::RdkafkaError then error(value)
      when Rdkafka::AbstractHandle then [value.class.name]
      when Exception then ["#{value.class}: #{message(value)}"]
      when Hash then nested(kind(value), value.map { |key, item| [scalar(key), item] })
      when Array then nested(kind(value), value.map.with_index { |item, index| [index.to_s, item] })
      else plain?(value) ? [scalar(value)] : object(value)
      end
    end

    private

    def plain?(value)
      case value
      when nil, true, false, Numeric, Symbol, String, Range, Module, Proc, Method, Thread, Time then true
      else value.instance_variables.empty? || client?(value)
      end
    end

    def client?(value)
      value.respond_to?(:closed?)
    end

    def error(error)
      readers = ERROR_READERS.map { |reader| [reader.to_s, unfrozen(error.public_send(reader))] }
      readers << ["topic_partition_list", error.topic_partition_list] if error.respond_to?(:topic_partition_list)
      nested("#{error.class}: #{message(error)}", readers)
    end

    # Texts may be constants.
    def unfrozen(value)
      value.is_a?(String) ? value.dup : value
    end

    # Encodings may be at odds.
    def message(error)
      error.class.name.start_with?("Rdkafka") ? string(error.message.dup) : error.message.inspect
    rescue EncodingError => e
      "#{e.class} for a message"
    end

    def made_on_first_use(value)
      case value
      when Rdkafka::Consumer::Message then { "@timestamp": value.timestamp, "@topic": value.topic }
      when Rdkafka::Producer::DeliveryReport then { "@topic_name": unfrozen(value.topic_name) }
      else {}
      end
    end

    def object(value)
      variables = value.instance_variables.sort.to_h { |name| [name, value.instance_variable_get(name)] }
      variables.update(made_on_first_use(value))
      variables[:@latency] = :positive if variables[:@latency]&.positive?
      # What is nil may as well never have been set.
      nested(kind(value), variables.compact)
    end

    def kind(value)
      "#{value.class}#{", frozen" if value.frozen?}#{", empty" if value.respond_to?(:empty?) && value.empty?}"
    end

    def nested(head, named)
      [head] + named.flat_map do |name, item|
        first, *rest = lines(item)
        ["  #{name}: #{first}", *rest.map { |line| "  #{line}" }]
      end
    end

    def scalar(value)
      case value
      when String then string(value)
      when Time then "#{value.utc.iso8601(6)} #{value.class}"
      when Thread then "Thread #{value.name}"
      when nil, true, false, Numeric, Symbol, Range, Module then value.inspect
      else value.class.name
      end
    end

    def string(value)
      encoding = { Encoding::UTF_8 => "", Encoding::BINARY => " binary" }.fetch(value.encoding, " #{value.encoding}")
      readable = value.dup.force_encoding(Encoding::UTF_8)
      "#{(readable.valid_encoding? ? readable : value.b).inspect}#{encoding}#{", frozen" if value.frozen?}"
    end
  end
end
