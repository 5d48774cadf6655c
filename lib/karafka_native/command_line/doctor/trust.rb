# frozen_string_literal: true

require "openssl"

module KarafkaNative
  module CommandLine
    module Doctor
      # The authorities that a client trusts, and the certificate that it presents.
      class Trust
        CERTIFICATE = /-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----/m
        private_constant :CERTIFICATE

        # @param settings [Settings]
        def initialize(settings)
          @settings = settings
        end

        # @return [Boolean]
        def verifies?
          !%w[false f 0].include?(@settings["enable.ssl.certificate.verification"])
        end

        # @return [Boolean]
        def verifies_names?
          (@settings["ssl.endpoint.identification.algorithm"] || "https").downcase != "none"
        end

        # @return [String] where the trusted certificates come from
        def source
          return "ssl.ca.pem" if @settings["ssl.ca.pem"]

          location || "the certificates of the system"
        end

        # @param chain [Array<OpenSSL::X509::Certificate>] the server's certificates
        # @return [String, nil] why it is not trusted, except for its dates
        def complaint(chain)
          store = authorities
          store.flags = OpenSSL::X509::V_FLAG_NO_CHECK_TIME
          store.error_string unless store.verify(chain.first, chain.drop(1))
        end

        # @param context [OpenSSL::SSL::SSLContext] to set the client's certificate on, if there is one
        # @return [void]
        def show_certificate(context)
          certificate, key, others = from_keystore || from_pem
          context.add_certificate(certificate, key, others) if certificate && key
        end

        private

        def location
          @settings["ssl.ca.location"] unless @settings["ssl.ca.location"] == "probe"
        end

        def authorities
          OpenSSL::X509::Store.new.tap do |store|
            if (text = @settings["ssl.ca.pem"])
              certificates(text).each { |certificate| store.add_cert(certificate) }
            elsif location.nil? then store.set_default_paths
            elsif File.directory?(location) then store.add_path(location)
            else store.add_file(location)
            end
          end
        end

        def from_keystore
          file = @settings["ssl.keystore.location"] or return
          store = OpenSSL::PKCS12.new(File.binread(file), @settings["ssl.keystore.password"].to_s)
          [store.certificate, store.key, store.ca_certs.to_a]
        end

        def from_pem
          first, *others = certificates(text_of("ssl.certificate").to_s)
          key = text_of("ssl.key")
          [first, OpenSSL::PKey.read(key, @settings["ssl.key.password"].to_s), others] if first && key
        end

        def text_of(name)
          @settings["#{name}.pem"] || (file = @settings["#{name}.location"] and File.read(file))
        end

        def certificates(text)
          text.scan(CERTIFICATE).map { |pem| OpenSSL::X509::Certificate.new(pem) }
        end
      end
    end
  end
end
