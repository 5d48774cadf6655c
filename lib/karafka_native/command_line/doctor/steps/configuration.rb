# frozen_string_literal: true

require_relative "../option_names"

module KarafkaNative
  module CommandLine
    module Doctor
      module Steps
        # Whether the options are valid.
        class Configuration < Step
          step "options", needs: %w[driver]

          # The feature of librdkafka that each mechanism needs.
          MECHANISMS = {
            "PLAIN" => "sasl_plain", "SCRAM-SHA-256" => "sasl_scram", "SCRAM-SHA-512" => "sasl_scram",
            "OAUTHBEARER" => "sasl_oauthbearer", "GSSAPI" => "sasl_gssapi"
          }.freeze
          # Options that have an effect only with some protocols.
          FOR_PROTOCOL = { "sasl" => /\Asasl\./, "ssl" => /\Assl\.(ca|certificate|key|keystore)\./ }.freeze
          FILE = /\Assl\.(ca|certificate|crl|key|keystore)\.location\z|\Ahttps\.ca\.location\z|\.keytab\z|\.file\z/
          private_constant :MECHANISMS, :FOR_PROTOCOL, :FILE

          private

          def examine
            wrong = settings.to_h.reject { |name, value| accepted?(name, value) }
            settings.to_h.each_key { |name| examine_deprecation(name) unless wrong.key?(name) }
            examine_protocol
            found(true) if [wrong.empty?, files?, mechanism?, servers?].all? && client?
          end

          def accepted?(name, value)
            Rdkafka::Config.new(name => value).describe_properties
            true
          rescue Rdkafka::Config::ConfigError => e
            if e.message.include?("No such configuration property")
              nearest = OptionNames.nearest(name)
              failed("there is no option #{name}", nearest ? "Is #{nearest} meant?" : "Leave it out.")
            else
              failed(quote(e), "Give #{name} another value.")
            end
            false
          end

          def examine_deprecation(name)
            return unless OptionNames::DEPRECATED.include?(name)

            skipped("#{name} is deprecated", "Leave it out.")
          end

          def examine_protocol
            FOR_PROTOCOL.each do |part, pattern|
              names = settings.to_h.keys.grep(pattern)
              next if names.empty? || settings.protocol.include?(part)

              skipped("#{names.join(", ")} without effect, as security.protocol is #{settings.protocol}",
                "Should security.protocol be one with #{part} in it?")
            end
          end

          def files?
            files = settings.to_h.select { |name, path| FILE.match?(name) && path != "probe" }
            missing = files.reject { |_, path| File.readable?(path) }
            missing.each do |name, path|
              shown = " #{path}" unless Internal::Secrets.secret?(name)
              failed("#{name}: the file#{shown} cannot be read", "Is it there, and may this user read it?")
            end
            missing.empty?
          end

          def mechanism?
            return true unless settings.sasl?

            name = settings.mechanism
            feature = MECHANISMS[name]
            return true if facts.fetch("driver").include?(feature)

            if feature
              failed("this librdkafka was built without #{name}", "Take a librdkafka that has #{feature}.")
            else
              failed("sasl.mechanisms: there is no mechanism #{name}", "There are #{MECHANISMS.keys.join(", ")}.")
            end
            false
          end

          def servers?
            return true if settings.servers.any?

            failed("bootstrap.servers is missing", "Give the address of a broker: -o bootstrap.servers=HOST:PORT")
            false
          end

          def client?
            # Producers have the same rules as admin clients; only consumers have their own.
            clients.admin
            clients.consumer
            ok("librdkafka accepts them")
            true
          rescue Rdkafka::Config::ClientCreationError, Rdkafka::Config::ConfigError => e
            failed("librdkafka does not accept them: #{quote(e)}",
              "Set the option that it names, or give it another value.")
            false
          end
        end
      end
    end
  end
end
