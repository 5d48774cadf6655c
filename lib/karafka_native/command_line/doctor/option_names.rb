# frozen_string_literal: true

module KarafkaNative
  module CommandLine
    module Doctor
      # Names of options, besides those that have values by default.
      module OptionNames
        # Options without a default value.
        UNSET = %w[
          acks auto.offset.reset bootstrap.servers compression.level compression.type consume.callback.max.messages
          delivery.timeout.ms group.id group.instance.id group.remote.assignor https.ca.location https.ca.pem linger.ms
          max.in.flight max.partition.fetch.bytes message.timeout.ms metadata.broker.list partitioner
          plugin.library.paths request.required.acks request.timeout.ms retries sasl.kerberos.keytab sasl.mechanism
          sasl.oauthbearer.assertion.claim.aud sasl.oauthbearer.assertion.claim.iss sasl.oauthbearer.assertion.claim.sub
          sasl.oauthbearer.assertion.file sasl.oauthbearer.assertion.jwt.template.file
          sasl.oauthbearer.assertion.private.key.file sasl.oauthbearer.assertion.private.key.passphrase
          sasl.oauthbearer.assertion.private.key.pem sasl.oauthbearer.client.credentials.client.id
          sasl.oauthbearer.client.credentials.client.secret sasl.oauthbearer.client.id sasl.oauthbearer.client.secret
          sasl.oauthbearer.config sasl.oauthbearer.extensions sasl.oauthbearer.scope
          sasl.oauthbearer.token.endpoint.url sasl.password sasl.username ssl.ca.location ssl.ca.pem
          ssl.certificate.location ssl.certificate.pem ssl.cipher.suites ssl.crl.location ssl.curves.list
          ssl.key.location ssl.key.password ssl.key.pem ssl.keystore.location ssl.keystore.password ssl.providers
          ssl.sigalgs.list topic.blacklist transactional.id
        ].freeze

        # Options without effect, or deprecated ones.
        DEPRECATED = %w[
          api.version.fallback.ms api.version.request auto.commit.enable broker.version.fallback
          metadata.request.timeout.ms offset.store.method offset.store.path offset.store.sync.interval.ms
          produce.offset.report queuing.strategy reconnect.backoff.jitter.ms socket.blocking.max.ms ssl.engine.location
          topic.metadata.refresh.fast.cnt
        ].freeze

        # @param name [String]
        # @return [String, nil] the option that was probably meant
        def self.nearest(name)
          require "did_you_mean"
          known = Rdkafka::Config.new.describe_properties.keys.map(&:to_s)
          DidYouMean::SpellChecker.new(dictionary: (known + UNSET - DEPRECATED).uniq).correct(name).first
        end
      end
    end
  end
end
