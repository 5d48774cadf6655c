# frozen_string_literal: true

require "fileutils"
require "open3"
require "rbconfig"
require "tmpdir"
require_relative "../../ext/platform_gem"

RSpec.describe PlatformGem do
  let(:directory) { Dir.mktmpdir("gem") }
  # Neither this checkout nor its bundle.
  let(:environment) do
    { "GEM_HOME" => File.join(directory, "home"), "GEM_PATH" => nil, "BUNDLE_GEMFILE" => nil, "BUNDLER_SETUP" => nil,
      "RUBYLIB" => nil, "RUBYOPT" => nil }
  end

  after { FileUtils.rm_rf(directory) }

  def run(*command)
    output, problems, status = Open3.capture3(environment, *command, chdir: directory)
    raise "#{command.first} failed:\n#{problems}" unless status.success?

    output
  end

  it "makes a gem that works where nothing can be compiled" do
    file = Gem::DefaultUserInteraction.use_ui(Gem::SilentUI.new) { described_class.build(directory) }
    run(RbConfig.ruby, "-S", "gem", "install", "--local", "--no-document", file)
    script = <<~RUBY
      require "rdkafka"
      Rdkafka::Config.logger = Logger.new(nil)
      KarafkaNative::MockCluster.new do |cluster|
        producer = Rdkafka::Config.new("bootstrap.servers": cluster.bootstrap_servers).producer
        puts producer.produce(topic: "t", payload: "1").wait.offset
      end
      puts $LOADED_FEATURES.find { |file| file.end_with?("karafka_native.#{RbConfig::CONFIG["DLEXT"]}") }
      puts Rdkafka::LIBRDKAFKA_VERSION
    RUBY
    offset, extension, librdkafka = run(RbConfig.ruby, "-e", script).lines(chomp: true)

    expect(File.basename(file)).to end_with("-#{Gem::Platform.local}.gem")
    expect([offset, librdkafka]).to eq(["0", Rdkafka::LIBRDKAFKA_VERSION])
    expect(extension).to start_with(directory)
  end

  it "leaves out what only the compiler needs, and is for this Ruby only" do
    file = Gem::DefaultUserInteraction.use_ui(Gem::SilentUI.new) { described_class.build(directory) }
    specification = Gem::Package.new(file).spec

    expect(specification.files).to include("lib/karafka_native/karafka_native.#{RbConfig::CONFIG["DLEXT"]}",
      "lib/rdkafka.rb", "sig/rdkafka/consumer.rbs")
    expect(specification.files.grep(%r{\Aext/|Cargo})).to be_empty
    expect(specification.extensions).to be_empty
    expect(specification.required_ruby_version).to be_satisfied_by(Gem.ruby_version)
    expect(specification.required_ruby_version).not_to be_satisfied_by(Gem.ruby_version.bump)
  end
end
