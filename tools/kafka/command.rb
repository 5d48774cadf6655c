# frozen_string_literal: true

require "optparse"
require_relative "cluster"

class KafkaCluster
  # The command line: bin/kafka.
  class Command
    USAGE = <<~TEXT.freeze
      Usage: bin/kafka COMMAND

        start        starts Apache Kafka on loopback, or keeps the one that runs; returns when it is ready
          --brokers N      how many (1)
          --version V      Kafka 3.7.0 or newer (#{Jars.default_version})
          --sasl           a SASL listener too: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER (unsigned tokens);
                           users #{Settings::USERS.map { |user, password| "#{user}/#{password}" }.join(", ")}
          --ssl            an SSL listener too (with --sasl also one of both); ca.pem, client.pem and client.key are in
                           tmp/kafka/ssl
          --acl            an authorizer that allows what no ACL forbids; admin and the plaintext listener may do everything
        status       lists the brokers; exit status 1 if none runs
        bootstrap    prints the addresses, for bootstrap.servers
          --listener NAME  plaintext, sasl, ssl or sasl_ssl (plaintext)
        kill ID      ends a broker as a power failure would
        revive ID    brings it back with its data; returns when the cluster is whole again
        stop         ends all brokers and removes their data
    TEXT
    private_constant :USAGE

    # Returns the exit status.
    def self.run(arguments)
      new(arguments).run
    rescue OptionParser::ParseError, ArgumentError => e
      warn "kafka: #{e.message}", USAGE
      2
    rescue Error => e
      warn "kafka: #{e.message}"
      1
    end

    def initialize(arguments)
      @options = {}
      @name, *@arguments = parser.parse(arguments)
    end

    def run
      case [@name, *@arguments]
      in ["start"] then start
      in ["status"] then status
      in ["bootstrap"] then puts running.bootstrap(@options.fetch(:listener, "plaintext"))
      in ["kill", id] then running.kill(Integer(id))
      in ["revive", id] then running.revive(Integer(id))
      in ["stop"] then KafkaCluster.stop
      in [nil] | ["help"] then puts USAGE
      else raise ArgumentError, "unknown: #{[@name, *@arguments].join(" ")}"
      end
      @status || 0
    end

    private

    def parser
      OptionParser.new do |parser|
        parser.on("--brokers N", Integer) { |count| @options[:brokers] = count }
        parser.on("--version V") { |version| @options[:version] = version }
        parser.on("--listener NAME") { |name| @options[:listener] = name }
        FLAGS.each { |flag| parser.on("--#{flag}") { @options[flag] = true } }
        parser.on("-h", "--help") { @name = "help" }
      end
    end

    def start
      cluster = KafkaCluster.start(**@options.except(:listener))
      puts "Kafka #{cluster.version}, #{cluster.brokers.size} broker(s) ready: #{cluster.bootstrap}"
    end

    def status
      cluster = KafkaCluster.running
      unless cluster
        puts "no cluster is running"
        return @status = 1
      end

      puts "Kafka #{cluster.version}"
      cluster.brokers.each do |broker|
        ports = broker.ports.map { |listener, port| "#{listener} #{port}" }.join(", ")
        puts "broker #{broker.id}: #{broker.alive? ? "alive, pid #{broker.pid}" : "dead"}, #{ports}"
      end
    end

    def running
      KafkaCluster.running or raise Error, "no cluster is running: bin/kafka start"
    end
  end
end
