# frozen_string_literal: true

require_relative "../support/pages"

# Whether docs/troubleshooting.md has all that this driver raises and logs, and nothing that it does not.
RSpec.describe "docs/troubleshooting.md" do
  let(:text) { File.read(File.join(Pages::ROOT, "docs/troubleshooting.md")) }
  let(:ruby) { sources("lib/**/*.rb") }
  let(:rust) { sources("ext/*/src/**/*.rs") }
  # Lines that the driver writes itself.
  let(:lines) { text[/^## Log lines$(.*?)^## /m, 1].scan(/^\| `([^`]+)` \|/).flatten }

  # What only a fault of the driver, or a class made from its own, could raise.
  let(:hidden) do
    ["Must be implemented by subclass!", "the driver makes no native function for ",
     "a client was already created from this configuration", "this librdkafka has no share groups"]
  end

  # Their text, with literals that go on on the next line in one piece.
  def sources(pattern)
    text = Dir[File.join(Pages::ROOT, pattern)].map { |path| File.read(path) }.join("\n")
    text.gsub(/^\s*#.*/, "").gsub(/" \\\n\s*"/, "")
  end

  def error_classes(under)
    nested = under.constants.map { |name| under.const_get(name) }.grep(Module)
      .select { |constant| constant.name&.start_with?("#{under.name}::") }
    nested.select { |constant| constant.is_a?(Class) && constant <= Exception } +
      (nested - [KarafkaNative::Internal]).flat_map { |constant| error_classes(constant) }
  end

  it "lists every class of errors" do
    missing = [Rdkafka, KarafkaNative].flat_map { |constant| error_classes(constant) }.map(&:name).uniq
      .reject { |name| name.start_with?("KarafkaNative::CommandLine") || text.include?("`#{name}`") }

    expect(missing).to eq([])
  end

  it "lists every text of errors that have no class of their own" do
    raised = ruby.scan(/\braise (?:\w*LoadError, |NotImplementedError, |RuntimeError, )?"([^"#]{9,})/) +
             rust.scan(/(?:exception_runtime_error\(\), |Error::System\((?:format!\()?)"(?:\{\w+\} )?([^"{]+)/)
    told = text.delete("`")
    for_users = raised.flatten.map { |words| words.delete("`") } - hidden

    expect(for_users.size).to be > 5
    expect(for_users.reject { |words| told.include?(words[0, 25].strip) }).to eq([])
  end

  it "quotes lines that the driver writes" do
    expect(lines.size).to be > 5
    expect(lines.reject { |line| ruby.include?(line) || rust.include?(line) }).to eq([])
  end

  it "lists every line that the driver writes" do
    calls = /\b(?:warn|error|log)[( ]\s*(?:SYSLOG_WARNING, |Text\.join\()?"([^"\n]+)"/
    written = ruby.scan(calls).flatten + rust.scan(/let line = .*format!\("\{\w+\} ([^"]+)/).flatten
    unlisted = written.reject { |line| lines.any? { |listed| line.include?(listed) } }

    expect(written.size).to be > 5
    expect(unlisted).to eq([])
  end
end
