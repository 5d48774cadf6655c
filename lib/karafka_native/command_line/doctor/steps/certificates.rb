# frozen_string_literal: true

module KarafkaNative
  module CommandLine
    module Doctor
      module Steps
        # Whether the TLS handshake succeeds, and what is wrong with a server's certificates.
        class Certificates < Step
          step "tls", needs: %w[tcp]

          SOON_SECONDS = 14 * 24 * 3600
          private_constant :SOON_SECONDS

          private

          def examine
            unless settings.tls?
              skipped("not used, as security.protocol is #{settings.protocol}")
              return found(facts.fetch("tcp"))
            end
            return skipped("not tried, see options") unless facts["options"] # which has the files with certificates

            @trust = Trust.new(settings)
            chains = at_once(facts.fetch("tcp")) { |server| handshake(server) }
            secured = chains.select { |server, answer| acceptable?(server, answer) }
            found(secured.keys) if secured.any?
          end

          def handshake(server)
            with_channel(server) do |channel|
              [channel.socket.ssl_version, channel.socket.peer_cert_chain]
            end
          end

          def acceptable?(server, answer)
            if answer.is_a?(Exception)
              failed("#{server}: no TLS: #{quote(answer)}", "Does the broker's listener at this port speak TLS?")
              return false
            end
            version, chain = answer
            unless @trust.verifies?
              skipped("#{server}: #{version}; certificates are not checked, as configured")
              return true
            end
            return false unless [trusted?(server, chain), in_time?(server, chain), named?(server, chain)].all?

            ok("#{server}: #{version}, #{name(chain.first)} until #{day(chain.first.not_after)}, trusted by " \
               "#{@trust.source}")
            true
          end

          def trusted?(server, chain)
            complaint = @trust.complaint(chain) or return true
            failed("#{server}: #{name(chain.last)} (issued by #{name(chain.last, :issuer)}) is not trusted by " \
                   "#{@trust.source}: #{complaint}",
              "ssl.ca.location has to name the file with the certificate of the authority that signed the broker's.")
            false
          end

          def in_time?(server, chain)
            chain.map { |certificate| valid_now?(server, certificate) }.all?
          end

          def valid_now?(server, certificate)
            now = Time.now
            if now > certificate.not_after
              failed("#{server}: #{name(certificate)} expired on #{day(certificate.not_after)}",
                "The broker needs a new certificate, or this machine's clock is wrong.")
            elsif now < certificate.not_before
              failed("#{server}: #{name(certificate)} is not valid before #{day(certificate.not_before)}",
                "Is the clock of this machine right?")
            else
              if certificate.not_after - now < SOON_SECONDS
                skipped("#{server}: #{name(certificate)} expires on #{day(certificate.not_after)}",
                  "The broker needs a new certificate soon.")
              end
              return true
            end
            false
          end

          def named?(server, chain)
            return true if !@trust.verifies_names? || OpenSSL::SSL.verify_certificate_identity(chain.first, server.host)

            names = alternative_names(chain.first)
            failed("#{server}: the certificate is for #{names}, not for #{server.host}",
              "Connect by a name that the certificate has, or give the broker one with this name.")
            false
          end

          def alternative_names(certificate)
            extension = certificate.extensions.find { |candidate| candidate.oid == "subjectAltName" }
            extension ? extension.value : name(certificate)
          end

          def name(certificate, role = :subject)
            certificate.public_send(role).to_s(OpenSSL::X509::Name::RFC2253)
          end

          def day(time)
            time.strftime("%Y-%m-%d")
          end
        end
      end
    end
  end
end
