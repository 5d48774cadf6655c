# frozen_string_literal: true

require "fileutils"
require "json"
require "securerandom"
require_relative "broker"
require_relative "certificates"
require_relative "jars"
require_relative "ports"
require_relative "probe"
require_relative "settings"

# A real Apache Kafka on this machine's loopback, for tests: one to several brokers, each a broker and (the first three)
# a controller. There is at most one cluster per checkout; it outlives the process that started it.
#
#   cluster = KafkaCluster.start(brokers: 3)  # or the running one
#   cluster.bootstrap                         # => "127.0.0.1:15001,127.0.0.1:15002,127.0.0.1:15003"
#   cluster.kill(2)
#   cluster.revive(2)
#   cluster.stop
class KafkaCluster
  # An error of the cluster that a person has to fix.
  class Error < StandardError; end

  # A link if checkouts share one cluster; brokers are identified by the path that they were started with. KN_KAFKA
  # names another folder, for a second cluster.
  DIRECTORY = File.expand_path(ENV.fetch("KN_KAFKA", "tmp/kafka"), File.expand_path("../..", __dir__))
    .then { |path| File.exist?(path) ? File.realpath(path) : path }
  STATE = File.join(DIRECTORY, "cluster.json")
  # Seconds; three brokers on two busy cores take up to a minute.
  PATIENCE = 180
  FLAGS = %i[sasl ssl acl].freeze
  # What a cluster's folder has in it.
  ENTRIES = /\A(cluster\.json(\.new)?|broker-\d+|ssl)\z/
  private_constant :STATE, :PATIENCE, :ENTRIES

  class << self
    # The running cluster, if it fits (dead brokers are revived); else a new one.
    # brokers, version: as many and as new as the running cluster's, or one and the newest known, when not given.
    def start(brokers: nil, version: nil, **flags)
      if (cluster = running)
        cluster.ensure_offers(brokers, version, flags)
        cluster.brokers.reject(&:alive?).each { |broker| cluster.revive(broker.id) }
        return cluster
      end

      stop # what a crash may have left
      options = { version: version || Jars.default_version, **flags.slice(*FLAGS) }
      new(options:, brokers: build(brokers || 1, flags)).tap(&:boot)
    end

    # The running cluster, or nil.
    def running
      return unless File.exist?(STATE)

      state = JSON.parse(File.read(STATE))
      brokers = state.fetch("brokers").map { |broker| Broker.new(DIRECTORY, **broker.transform_keys(&:to_sym)) }
      new(options: state.fetch("options").transform_keys(&:to_sym), brokers:) if brokers.any?(&:alive?)
    end

    # Stops the running cluster, if any, and removes its data.
    def stop
      raise Error, "#{DIRECTORY} is not a cluster's folder; KN_KAFKA has to name another" unless ours?

      running&.brokers&.each(&:kill)
      FileUtils.rm_rf(DIRECTORY)
    end

    private

    # Whether the folder can be removed: nothing but a cluster has written to it.
    def ours?
      return !File.exist?(DIRECTORY) unless File.directory?(DIRECTORY)

      Dir.children(DIRECTORY).all?(ENTRIES)
    end

    def build(count, flags)
      listeners = ["plaintext", "controller", *("sasl" if flags[:sasl]), *("ssl" if flags[:ssl])]
      listeners << "sasl_ssl" if flags[:sasl] && flags[:ssl]
      ports = Ports.free(count * listeners.size)
      ports.each_slice(listeners.size).with_index(1).map do |own, id|
        Broker.new(DIRECTORY, id:, ports: listeners.zip(own).to_h)
      end
    end
  end

  attr_reader :brokers, :options

  def initialize(options:, brokers:)
    @options = options
    @brokers = brokers
  end

  def version = options[:version]
  def ssl_directory = File.join(DIRECTORY, "ssl")

  # Comma separated addresses. listener: "plaintext", "sasl", "ssl" or "sasl_ssl".
  def bootstrap(listener = "plaintext")
    brokers.map do |broker|
      port = broker.ports.except("controller")[listener.to_s] or raise Error, "the cluster has no #{listener} listener"
      "127.0.0.1:#{port}"
    end.join(",")
  end

  # Ends one broker as a power failure would.
  def kill(id)
    broker(id).kill
  end

  # Brings a killed broker back with its data; returns when the cluster is whole again.
  def revive(id)
    broker = broker(id)
    return if broker.alive?

    broker.start(Jars.class_path(version))
    save
    wait_until_ready(brokers.select(&:alive?))
  end

  # Suspends a broker while the block runs: the others take it for dead, and it is soon back.
  def suspend(id)
    Process.kill(:STOP, broker(id).pid)
    yield
  ensure
    Process.kill(:CONT, broker(id).pid)
  end

  # Returns when every living broker knows that many partitions of a topic with their leaders: they hear of it one after
  # the other.
  def await_topic(name, partitions)
    await(brokers.select(&:alive?), "did not hear of #{name}") do |broker|
      view(broker)&.led_partitions(name) == partitions
    end
  end

  # Ends all brokers and removes their data.
  def stop
    brokers.each(&:kill)
    self.class.stop
  end

  def boot
    ready = false
    save
    class_path = Jars.class_path(version)
    Certificates.write(ssl_directory) if options[:ssl]
    format(class_path)
    brokers.each { |broker| broker.start(class_path) }
    save
    wait_until_ready(brokers)
    ready = true
  ensure
    stop unless ready # after Ctrl-C too: leaves nothing behind
  end

  # Raises unless the running cluster is what a caller wants.
  def ensure_offers(count, wanted_version, flags)
    lacking = flags.select { |flag, wanted| wanted && !options[flag] }.keys
    return if [nil, brokers.size].include?(count) && [nil, version].include?(wanted_version) && lacking.empty?

    mine = ["#{brokers.size} broker(s)", "version #{version}", *FLAGS.select { |flag| options[flag] }].join(", ")
    raise Error, "a different cluster is running (#{mine}); stop it first: bin/kafka stop"
  end

  private

  def broker(id)
    brokers.find { |broker| broker.id == Integer(id) } or raise Error, "no broker #{id}"
  end

  def save
    FileUtils.mkdir_p(DIRECTORY)
    File.write("#{STATE}.new", JSON.pretty_generate(options:, brokers: brokers.map(&:to_h)))
    File.rename("#{STATE}.new", STATE)
  end

  def format(class_path)
    arguments = ["-t", cluster_id, *format_arguments]
    preparing = brokers.map do |broker|
      Thread.new do
        broker.format(Settings.new(broker, self).to_s, class_path, arguments)
        nil
      rescue Error => e
        e
      end
    end
    problem = preparing.filter_map(&:value).first
    raise problem if problem
  end

  # 16 bytes; a leading dash would be taken for an option.
  def cluster_id
    id = SecureRandom.urlsafe_base64(16) until id && !id.start_with?("-")
    id
  end

  def format_arguments
    # Share groups exist since 4.1, but are enabled by default only since 4.2.
    share = version.start_with?("4.1.") ? ["-f", "share.version=1"] : []
    return share unless options[:sasl]

    share + Settings::SCRAM.product(Settings::USERS.to_a).flat_map do |mechanism, (user, password)|
      ["-S", "#{mechanism}=[name=#{user},password=#{password}]"]
    end
  end

  # Until these brokers all know each other and have caught up with everything that the others hold.
  def wait_until_ready(expected)
    ids = expected.map(&:id)
    await(expected, "was not ready") do |broker|
      view = view(broker)
      view && (ids - view.brokers).empty? && view.in_sync?(ids)
    end
  end

  # Until the block is true for all of these brokers.
  def await(expected, lack, &)
    deadline = now + PATIENCE
    until (waiting = expected.reject(&)).empty?
      dead = expected.find { |broker| !broker.alive? }
      give_up(dead, "ended") if dead
      give_up(waiting.first, "#{lack} within #{PATIENCE} s") if now > deadline
      sleep 0.05
    end
  end

  def view(broker)
    Probe.ask(broker.ports.fetch("plaintext"))
  end

  def give_up(broker, what)
    raise Error, "broker #{broker.id} #{what}; its log ends with\n#{broker.log_tail}"
  end

  def now
    Process.clock_gettime(Process::CLOCK_MONOTONIC)
  end
end
