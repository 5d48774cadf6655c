# frozen_string_literal: true

require "fileutils"
require "open3"

class KafkaCluster
  # The jars of one Kafka version, fetched through Maven into its own cache.
  module Jars
    POM = File.join(__dir__, "pom.xml")
    LISTS = File.expand_path("../../tmp/kafka-jars", __dir__)
    # The full name, because Maven would have to look up a short one first.
    CLASS_PATH = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath"
    private_constant :POM, :LISTS, :CLASS_PATH

    module_function

    def default_version
      File.read(POM)[%r{<kafka\.version>(.+)</kafka\.version>}, 1]
    end

    # The class path of that version. Maven takes seconds, so the result is cached while the jars exist.
    def class_path(version)
      list = File.join(LISTS, version)
      complete?(list) or offline(version, list) or online(version, list)
      File.read(list).strip
    end

    def complete?(list)
      File.exist?(list) && File.read(list).strip.split(":").all? { |jar| File.exist?(jar) }
    end

    def offline(version, list)
      maven(version, list, "-o").nil?
    end

    def online(version, list)
      warn "kafka: fetching Apache Kafka #{version} through Maven"
      problem = maven(version, list)
      raise Error, "Maven could not fetch Kafka #{version}:\n#{problem}" if problem
    end

    # Returns what Maven complained about, or nil.
    def maven(version, list, *options)
      FileUtils.mkdir_p(LISTS)
      output, status = Open3.capture2e(
        "mvn", "-q", "-B", "-Dstyle.color=never", *options, "-f", POM, "-Dkafka.version=#{version}", CLASS_PATH,
        "-Dmdep.includeScope=runtime", "-Dmdep.outputFile=#{list}"
      )
      output unless status.success?
    rescue Errno::ENOENT
      raise Error, "Maven (mvn) is missing: bin/setup --kafka"
    end

    private_class_method :complete?, :offline, :online, :maven
  end
end
