# frozen_string_literal: true

class KafkaCluster
  # The server.properties of one broker: small, quick to react, open to everything that tests want to try.
  class Settings
    USERS = { "admin" => "admin-secret", "alice" => "alice-secret", "bob" => "bob-secret" }.freeze
    PROTOCOLS = {
      "plaintext" => "PLAINTEXT", "controller" => "PLAINTEXT", "sasl" => "SASL_PLAINTEXT", "ssl" => "SSL",
      "sasl_ssl" => "SASL_SSL"
    }.freeze
    SCRAM = %w[SCRAM-SHA-256 SCRAM-SHA-512].freeze
    # More would only make elections slower.
    CONTROLLERS = 3
    private_constant :PROTOCOLS, :CONTROLLERS

    # broker: the one that it is for; cluster: what #brokers, #ssl_directory and #options tell.
    def initialize(broker, cluster)
      @broker = broker
      @cluster = cluster
    end

    def to_s
      settings = identity.merge(copies, pace)
      settings.update(sasl) if @cluster.options[:sasl]
      settings.update(ssl) if @cluster.options[:ssl]
      settings.update(acl) if @cluster.options[:acl]
      settings.map { |name, value| "#{name}=#{value}\n" }.join
    end

    private

    def identity
      controllers = @cluster.brokers.first(CONTROLLERS)
      # Only controllers may listen as one.
      ports = controllers.include?(@broker) ? @broker.ports : @broker.ports.except("controller")
      listeners = ports.transform_values { |port| "127.0.0.1:#{port}" }
      {
        "node.id" => @broker.id,
        "process.roles" => controllers.include?(@broker) ? "broker,controller" : "broker",
        "controller.quorum.voters" => controllers.map { |c| "#{c.id}@127.0.0.1:#{c.ports["controller"]}" }.join(","),
        "controller.listener.names" => "CONTROLLER",
        "inter.broker.listener.name" => "PLAINTEXT",
        "listeners" => names(listeners),
        "advertised.listeners" => names(listeners.except("controller")),
        "listener.security.protocol.map" => PROTOCOLS.map { |name, protocol| "#{name.upcase}:#{protocol}" }.join(","),
        "log.dirs" => @broker.data
      }
    end

    def names(listeners)
      listeners.map { |name, address| "#{name.upcase}://#{address}" }.join(",")
    end

    # With three brokers everything survives the loss of any one of them.
    def copies
      replicas = [@cluster.brokers.size, 3].min
      needed = replicas == 3 ? 2 : 1
      {
        "default.replication.factor" => replicas,
        "min.insync.replicas" => needed,
        "offsets.topic.replication.factor" => replicas,
        "transaction.state.log.replication.factor" => replicas,
        "transaction.state.log.min.isr" => needed,
        "share.coordinator.state.topic.replication.factor" => replicas,
        "share.coordinator.state.topic.min.isr" => needed
      }
    end

    # Shorter waits than in production, lower bounds where a test may want to go lower still.
    def pace
      {
        "auto.create.topics.enable" => true,
        # Coordinators move when a broker goes, not again some minutes after it has come back.
        "auto.leader.rebalance.enable" => false,
        "num.partitions" => 3,
        "offsets.topic.num.partitions" => 3,
        "transaction.state.log.num.partitions" => 3,
        "share.coordinator.state.topic.num.partitions" => 3,
        "broker.heartbeat.interval.ms" => 500,
        "broker.session.timeout.ms" => 5000,
        "group.initial.rebalance.delay.ms" => 0,
        "group.min.session.timeout.ms" => 1000,
        "group.consumer.heartbeat.interval.ms" => 1000,
        "group.consumer.min.heartbeat.interval.ms" => 500,
        "group.consumer.session.timeout.ms" => 10_000,
        "group.consumer.min.session.timeout.ms" => 1500,
        "group.share.heartbeat.interval.ms" => 1000,
        "group.share.min.heartbeat.interval.ms" => 500,
        "group.share.session.timeout.ms" => 10_000,
        "group.share.min.session.timeout.ms" => 1500,
        "group.share.min.record.lock.duration.ms" => 1000
      }
    end

    def sasl
      @broker.ports.keys.grep(/\Asasl/).map { |listener| logins(listener) }
        .inject({ "sasl.enabled.mechanisms" => ["PLAIN", *SCRAM, "OAUTHBEARER"].join(",") }, :merge)
    end

    # How clients of a listener may show who they are.
    def logins(listener)
      prefix = "listener.name.#{listener}"
      {
        "#{prefix}.plain.sasl.jaas.config" => plain_login,
        # Accepts unsigned tokens; enough to see a client's token arrive.
        "#{prefix}.oauthbearer.sasl.jaas.config" =>
          "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required " \
          "unsecuredLoginStringClaim_sub=\"admin\";",
        **SCRAM.to_h do |mechanism|
          ["#{prefix}.#{mechanism.downcase}.sasl.jaas.config",
           "org.apache.kafka.common.security.scram.ScramLoginModule required;"]
        end
      }
    end

    def plain_login
      users = USERS.map { |user, password| "user_#{user}=\"#{password}\"" }.join(" ")
      "org.apache.kafka.common.security.plain.PlainLoginModule required #{users};"
    end

    def ssl
      {
        "ssl.keystore.type" => "PEM",
        "ssl.keystore.location" => File.join(@cluster.ssl_directory, "broker.pem"),
        "ssl.truststore.type" => "PEM",
        "ssl.truststore.location" => File.join(@cluster.ssl_directory, "ca.pem"),
        "ssl.client.auth" => "requested"
      }
    end

    # Brokers talk to each other as ANONYMOUS, and so do clients of the plaintext listener: ACLs bind the other clients.
    def acl
      {
        "authorizer.class.name" => "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "allow.everyone.if.no.acl.found" => true,
        "super.users" => "User:ANONYMOUS;User:admin"
      }
    end
  end
end
