# frozen_string_literal: true

require "fileutils"
require "tmpdir"

RSpec.describe "Meeting of two drivers" do
  let(:ours) { File.expand_path("../../../../lib", __dir__) }
  let(:theirs) { Dir.mktmpdir("driver") }

  # Another driver, so far as that it loads its files in the order of the FFI driver.
  before do
    FileUtils.mkdir_p(File.join(theirs, "rdkafka"))
    File.write(File.join(theirs, "rdkafka.rb"), "%w[version bindings callbacks].each { require \"rdkafka/\#{_1}\" }")
    File.write(File.join(theirs, "rdkafka", "version.rb"), 'module Rdkafka; VERSION = "0.30.0"; end')
    File.write(File.join(theirs, "rdkafka", "bindings.rb"), "module Rdkafka; module Bindings; end; end")
    File.write(File.join(theirs, "rdkafka", "callbacks.rb"), "module Rdkafka; module Callbacks; end; end")
  end

  after { FileUtils.rm_rf(theirs) }

  def messages_of(script) = run_ruby(<<~RUBY)[0].lines(chomp: true)
    $VERBOSE = nil
    $LOAD_PATH.delete(#{ours.inspect})
    def attempt(file)
      require file
      puts "loaded"
    rescue LoadError => e
      puts e.message
    end
    #{script}
  RUBY

  it "is refused when the other one is there already" do
    first, second = messages_of(<<~RUBY)
      $LOAD_PATH.unshift(#{theirs.inspect})
      attempt "rdkafka"
      attempt #{File.join(ours, "karafka-native.rb").inspect}
    RUBY

    expect(first).to eq("loaded")
    expect(second).to start_with("another rdkafka driver is loaded already (#{theirs}/rdkafka/bindings.rb)")
      .and include("karafka-rdkafka", "require karafka-native first")
  end

  it "is refused when the other one comes second" do
    first, second = messages_of(<<~RUBY)
      attempt #{File.join(ours, "karafka-native.rb").inspect}
      $LOAD_PATH.unshift(#{theirs.inspect})
      attempt "rdkafka"
    RUBY

    expect(first).to eq("loaded")
    expect(second).to start_with("karafka-native is loaded already, #{theirs}/rdkafka/version.rb comes second")
  end

  it "is refused when the other one takes our files for its own" do
    first, second = messages_of(<<~RUBY)
      $LOAD_PATH.unshift(#{ours.inspect}, #{theirs.inspect})
      attempt "rdkafka"
      attempt #{File.join(theirs, "rdkafka.rb").inspect}
    RUBY

    expect(first).to eq("loaded")
    expect(second).to start_with("karafka-native is loaded already, #{theirs}/rdkafka/callbacks.rb comes second")
  end

  it "lets applications add to the module" do
    expect(messages_of(<<~RUBY)).to eq(%w[loaded 1])
      attempt #{File.join(ours, "karafka-native.rb").inspect}
      module Rdkafka; Mine = 1; end
      puts Rdkafka::Mine
    RUBY
  end
end
