# frozen_string_literal: true

require "open3"
require "rbconfig"
require "tmpdir"

RSpec.describe "Loading the extension" do
  let(:checkout) { Dir.mktmpdir }

  after { FileUtils.rm_rf(checkout) }

  def require_driver
    environment = { "RUBYOPT" => nil, "RUBYLIB" => nil, "BUNDLE_GEMFILE" => nil }
    Open3.capture2e(environment, RbConfig.ruby, "--disable-gems", "-I#{checkout}/lib", "-e", 'require "rdkafka"')
  end

  it "says what to do in a checkout where nobody has compiled" do
    FileUtils.cp_r(File.expand_path("../../../../lib", __dir__), checkout)
    FileUtils.rm(Dir.glob("#{checkout}/lib/karafka_native/*.{so,bundle}"))
    output, status = require_driver

    expect(status).not_to be_success
    expect(output).to include("is not compiled: run `rake compile` in #{File.realpath(checkout)}. (LoadError)")
  end
end
