# frozen_string_literal: true

require "bundler"
require "fileutils"
require "open3"
require "tmpdir"
require_relative "../conformance/support/driver" # for the tag :reference

# Takes the places of the FFI drivers in bundles made by an unmodified Bundler, offline.
RSpec.describe "Bundles with the adapters" do
  let(:root) { File.expand_path("../..", __dir__) }
  let(:folder) { Dir.mktmpdir("bundle") }
  let(:environment) do
    ENV.slice("BUNDLE_CACHE_PATH", "BUNDLE_NO_PRUNE", "BUNDLE_SILENCE_ROOT_WARNING")
      .merge("BUNDLE_PATH" => Bundler.bundle_path.parent.parent.to_s)
  end

  after { FileUtils.rm_rf(folder) }

  def sh(*command, chdir: folder)
    variables = environment
    Bundler.with_unbundled_env do
      output, status = Open3.capture2e(variables, *command, chdir: chdir)
      raise "#{command.join(" ")} failed:\n#{output.lines.last(20).join}" unless status.success?

      output
    end
  end

  # Writes a Gemfile and installs from what there is on this machine.
  #
  # @return [String] the lock file
  def bundle(gemfile, command = ["install"])
    File.write(File.join(folder, "Gemfile"), "source Gem.sources.to_a.first\n#{gemfile}")
    sh("bundle", *command, "--local")
    File.read(File.join(folder, "Gemfile.lock"))
  end

  def run_in_bundle(program)
    File.write(File.join(folder, "program.rb"), program)
    sh("bundle", "exec", "ruby", "program.rb").lines(chomp: true)
  end

  # A repository that has the compiled extension already.
  def git_repository_of(*names)
    File.join(folder, "repository").tap do |repository|
      extension = File.join(repository, "ext", "karafka_native", "extconf.rb")
      FileUtils.mkdir_p(File.dirname(extension))
      File.write(extension, 'File.write("Makefile", "all install clean:\n")')
      names.each { |name| FileUtils.cp_r(File.join(root, name), File.join(repository, name)) }
      git = ["git", "-C", repository, "-c", "user.name=name", "-c", "user.email=mail"]
      sh("git", "init", "--quiet", repository)
      sh(*git, "add", ".")
      sh(*git, "commit", "--quiet", "--message", "first")
    end
  end

  # @return [String] the file of a gem that is compiled already
  def compiled_gem
    file = File.join(folder, "karafka-native.gem")
    sh("ruby", "-rrubygems/package", "-e", <<~RUBY, chdir: root)
      specification = Gem::Specification.load("karafka-native.gemspec")
      specification.extensions.clear
      specification.dependencies.reject! { |dependency| dependency.name == "rb_sys" }
      specification.files = Dir["exe/*", "lib/**/*.{rb,so,bundle,txt}"]
      Gem::Package.build(specification, false, false, #{file.inspect})
    RUBY
    file
  end

  # @return [String] its file
  def adapter_gem(name)
    File.join(folder, "#{name}.gem").tap do |file|
      sh("gem", "build", "#{name}.gemspec", "--output", file, chdir: File.join(root, "adapters", name))
    end
  end

  def gems_of(lock) = Bundler::LockfileParser.new(lock).specs.map(&:name)

  # A Gemfile for Karafka on this driver.
  def karafka_here
    <<~RUBY
      path #{root.inspect}, glob: "{,adapters/*/}*.gemspec" do
        gem "karafka-native"
        gem "karafka-rdkafka"
      end
      gem "karafka"
    RUBY
  end

  it "moves a message through WaterDrop and Karafka, without FFI" do
    lock = bundle(karafka_here)
    output = run_in_bundle(<<~'RUBY')
      require "bundler/setup"
      Bundler.require
      cluster = KarafkaNative::MockCluster.new
      cluster.create_topic("orders")
      received = Queue.new
      consumer = Class.new(Karafka::BaseConsumer) { define_method(:consume) { messages.each { received << _1.raw_payload } } }

      class App < Karafka::App; end
      App.setup { |config| config.kafka = { "bootstrap.servers": cluster.bootstrap_servers, "auto.offset.reset": "earliest" } }
      App.routes.draw { topic("orders") { consumer(consumer) } }
      Karafka.producer.produce_sync(topic: "orders", payload: "from WaterDrop")
      Karafka::Embedded.start
      puts "received #{received.pop(timeout: 30)}"
      Karafka::Embedded.stop
      puts "ffi #{defined?(::FFI).inspect}", "ffi files #{$LOADED_FEATURES.grep(/ffi_c/).size}"
      puts "driver #{Karafka::FFI}", Rdkafka::VERSION
    RUBY

    expect(gems_of(lock)).to include("karafka-native", "karafka-rdkafka").and not_include("ffi", "mini_portile2")
    expect(output.grep(/^(received|ffi|driver)|^0/))
      .to eq(["received from WaterDrop", "ffi nil", "ffi files 0", "driver KarafkaNative::Internal::FFI", Rdkafka::VERSION])
  end

  it "runs racecar, with the other adapter" do
    lock = bundle(<<~RUBY)
      path #{root.inspect}, glob: "{,adapters/*/}*.gemspec" do
        gem "karafka-native"
        gem "rdkafka"
      end
      gem "racecar"
    RUBY
    output = run_in_bundle(<<~RUBY)
      require "racecar"
      require "racecar/cli"
      puts Racecar::Runner.name, Rdkafka::Config.const_source_location(:DEFAULT_CONFIG).first, defined?(::FFI).inspect
    RUBY

    expect(gems_of(lock)).to include("rdkafka").and not_include("ffi")
    expect(output).to eq(["Racecar::Runner", File.join(root, "lib/rdkafka/config.rb"), "nil"])
  end

  it "takes the place of the FFI driver in a bundle, gives it back, and leaves nothing in the lock file", :reference do
    without = 'gem "karafka"'
    ffi = bundle(without)
    native = bundle(karafka_here)

    expect(gems_of(ffi)).to include("karafka-rdkafka", "ffi").and not_include("karafka-native")
    expect(gems_of(native)).to include("karafka-rdkafka", "karafka-native").and not_include("ffi", "mini_portile2")
    expect(bundle(without, %w[update karafka-rdkafka])).to eq(ffi)
    expect(bundle(karafka_here)).to eq(native)
  end

  it "comes from a git source too" do
    repository = git_repository_of("lib", "adapters", "karafka-native.gemspec")
    lock = bundle(<<~RUBY)
      git #{"file://#{repository}".inspect}, glob: "{,adapters/*/}*.gemspec" do
        gem "karafka-native"
        gem "karafka-rdkafka"
        gem "rdkafka"
      end
      %w[karafka karafka-core karafka-testing karafka-web racecar waterdrop].each { |name| gem name }
    RUBY
    output = run_in_bundle("Bundler.require; puts KarafkaNative::VERSION, $LOADED_FEATURES.grep(/ffi_c/).size")

    expect(lock[/\AGIT.*?\n\n/m]).to include("karafka-native (", "karafka-rdkafka (0.31.0.", "    rdkafka (0.31.0.")
    expect(gems_of(lock)).to include("karafka-web", "racecar").and not_include("ffi")
    expect(output).to eq([KarafkaNative::VERSION, "0"])
  end

  it "answers to all of its names after gem install, without a bundle" do
    gems = File.join(folder, "gems")
    files = [compiled_gem, adapter_gem("karafka-rdkafka"), adapter_gem("rdkafka")]
    environment.update("GEM_HOME" => gems, "GEM_PATH" => gems)
    sh("gem", "install", "--local", "--no-document", *files)

    %w[karafka-native karafka-rdkafka rdkafka].each do |name|
      output = sh("ruby", "-e", <<~RUBY)
        gem #{name.inspect}
        require "rdkafka"
        puts Rdkafka::Config.const_source_location(:DEFAULT_CONFIG).first, Rdkafka::LIBRDKAFKA_VERSION
      RUBY
      expect(output.lines(chomp: true))
        .to eq([File.join(gems, "gems/karafka-native-#{KarafkaNative::VERSION}/lib/rdkafka/config.rb"), Rdkafka::LIBRDKAFKA_VERSION])
    end
  end

  %w[karafka-rdkafka rdkafka].each do |name|
    it "has in #{name} a version of the emulated release, and the driver at hand" do
      specification = Gem::Specification.load(File.join(root, "adapters", name, "#{name}.gemspec"))

      emulated = Gem::Version.new(Rdkafka::VERSION).segments
      expect(specification.version.segments).to match([*emulated, an_instance_of(Integer)])
      expect(specification.dependencies.map(&:to_s)).to eq(["karafka-native (= #{KarafkaNative::VERSION})"])
      entry = File.join(root, "adapters", name, "lib", "rdkafka.rb")
      out, err, status = run_ruby("require #{entry.inspect}; puts require(\"rdkafka\"), Rdkafka::Config.name")
      expect([out, err, status.success?]).to eq(["false\nRdkafka::Config\n", "", true])
    end
  end
end

RSpec::Matchers.define_negated_matcher :not_include, :include
