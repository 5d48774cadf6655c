# frozen_string_literal: true

require "karafka_native/command_line"

RSpec.describe "Settings of karafka-native doctor" do
  def settings(**options)
    KarafkaNative::CommandLine::Doctor::Settings.new.tap { |made| made.update(options.transform_keys(&:to_s)) }
  end

  {
    "a:1,b:2" => %w[a:1 b:2], " a , b:2 ,," => %w[a:9092 b:2], "SSL://a:1,PLAINTEXT://b" => %w[a:1 b:9092],
    "[::1]:1" => ["[::1]:1"], "[::1]" => ["[::1]:9092"], "" => [], "127.0.0.1:1" => ["127.0.0.1:1"]
  }.each do |text, servers|
    it "find the servers in #{text.inspect}" do
      expect(settings("bootstrap.servers": text).servers.map(&:to_s)).to eq(servers)
    end
  end

  it "know what a protocol means" do
    known = %w[plaintext SSL sasl_plaintext SASL_SSL].map do |protocol|
      made = settings("security.protocol": protocol)
      [made.tls?, made.sasl?]
    end

    expect(known).to eq([[false, false], [true, false], [false, true], [true, true]])
    expect([settings.tls?, settings.sasl?, settings.mechanism]).to eq([false, false, "GSSAPI"])
    expect(settings("sasl.mechanism": "PLAIN").mechanism).to eq("PLAIN")
  end
end
