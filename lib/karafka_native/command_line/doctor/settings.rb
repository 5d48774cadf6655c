# frozen_string_literal: true

require "yaml"

module KarafkaNative
  module CommandLine
    module Doctor
      # The Kafka options of a client.
      class Settings
        # A configured or advertised address.
        Server = Struct.new(:host, :port) do
          # @return [String]
          def to_s
            host.include?(":") ? "[#{host}]:#{port}" : "#{host}:#{port}"
          end
        end

        # Options with two names.
        ALIASES = { "metadata.broker.list" => "bootstrap.servers", "sasl.mechanism" => "sasl.mechanisms" }.freeze
        DEFAULT_PORT = 9092
        private_constant :ALIASES, :DEFAULT_PORT

        # @param file [String] YAML: options by name, or those under `kafka:`
        # @return [Hash{String => String}]
        # @raise [OptionParser::InvalidArgument]
        def self.read(file)
          text = File.binread(file).force_encoding(Encoding::UTF_8)
          raise OptionParser::InvalidArgument, "#{file} is not UTF-8" unless text.valid_encoding?

          content = YAML.safe_load(text, permitted_classes: [Symbol], aliases: true)
          content = content["kafka"] || content[:kafka] || content if content.is_a?(Hash)
          unless content.is_a?(Hash) && content.values.none?(Enumerable)
            raise OptionParser::InvalidArgument, "#{file} is no list of options with their values"
          end

          content.compact.to_h { |name, value| [name.to_s, value.to_s] }
        rescue SystemCallError => e
          raise OptionParser::InvalidArgument, "#{file} cannot be read (#{e.class.name.split("::").last})"
        rescue Psych::Exception => e
          # The message may contain a part of the file.
          place = ", line #{e.line}" if e.is_a?(Psych::SyntaxError)
          raise OptionParser::InvalidArgument, "#{file} is no YAML#{place}"
        end

        def initialize
          @options = {}
        end

        # @param options [Hash{String => String}]
        # @return [void]
        def update(options)
          options.each { |name, value| @options[ALIASES.fetch(name, name)] = value }
        end

        # @return [Hash{String => String}]
        def to_h
          @options.dup
        end

        # @param name [String]
        # @return [String, nil] nil when it is not set, or empty
        def [](name)
          value = @options[name]
          value unless value.nil? || value.empty?
        end

        # @return [Array<Server>]
        def servers
          self["bootstrap.servers"].to_s.split(",").map(&:strip).reject(&:empty?).map { |text| server(text) }
        end

        # @return [String]
        def protocol
          (self["security.protocol"] || "plaintext").downcase
        end

        # @return [Boolean]
        def tls?
          protocol.end_with?("ssl")
        end

        # @return [Boolean]
        def sasl?
          protocol.start_with?("sasl")
        end

        # @return [String]
        def mechanism
          self["sasl.mechanisms"] || "GSSAPI"
        end

        private

        # HOST:PORT, PROTOCOL://HOST:PORT, [ADDRESS]:PORT
        def server(text)
          host, port = text.match(%r{\A(?:\w+://)?(\[[^\]]*\]|[^:]*)(?::(\d+))?\z})&.captures
          Server.new((host || text).delete("[]"), (port || DEFAULT_PORT).to_i)
        end
      end
    end
  end
end
