# frozen_string_literal: true

module KarafkaNative
  module CommandLine
    module Doctor
      # What is examined, by title of its lines.
      module Steps
        # Versions, what librdkafka was built with, and whether the bundle has a second driver.
        class Driver < Step
          step "driver"

          FEATURES = %w[ssl sasl_plain sasl_scram sasl_gssapi sasl_oauthbearer oidc gzip snappy lz4 zstd].freeze
          private_constant :FEATURES

          private

          def examine
            # By its path, because another driver may have a file of that name.
            require_relative "../../../../rdkafka"
            clients.listen
            ok("karafka-native #{VERSION}, librdkafka #{Rdkafka::LIBRDKAFKA_VERSION}, Ruby #{RUBY_VERSION}, " \
               "#{OpenSSL::OPENSSL_LIBRARY_VERSION[/\A\S+ \S+/]}")
            examine_features
            examine_bundle
          rescue LoadError => e
            failed("the driver cannot be loaded: #{e.message}", "Build it for this Ruby: gem pristine karafka-native")
          end

          def examine_features
            features = Rdkafka::Config.new.describe_properties.fetch(:"builtin.features").split(",")
            found(features)
            absent = FEATURES - features
            ok("built with #{(FEATURES & features).join(", ")}", "features")
            return if absent.empty?

            skipped("built without #{absent.join(", ")}", "Another librdkafka may have that.", "features")
          end

          # The adapters with the same names belong to this driver.
          def examine_bundle
            others = Gem.loaded_specs.values_at("karafka-rdkafka", "rdkafka").compact.reject do |gem|
              gem.dependencies.any? { |dependency| dependency.name == "karafka-native" }
            end
            return ok("no other driver in the bundle", "bundle") if others.empty?

            failed("the bundle has another driver, too: #{others.map(&:full_name).join(", ")}",
              "Put the adapters of karafka-native in their place, as its README says.", "bundle")
          end
        end
      end
    end
  end
end
