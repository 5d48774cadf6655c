# frozen_string_literal: true

require "json"
require "open3"

# The licenses of what else a compiled gem contains: librdkafka, and the crates with the libraries in them.
class Licenses
  # Sources of a library are a few folders deep in its crate.
  TEXTS = "{,*/,*/*/,*/*/*/}{LICEN[CS]E,COPYING,NOTICE}*"
  # Crates that are compiled in although only a build script names them.
  SOURCES = /-src\z/
  private_constant :TEXTS, :SOURCES

  # @param linkage [Librdkafka::Linkage] with what librdkafka is linked
  # @param target [String] Rust's name of the platform
  def initialize(linkage, target)
    @linkage = linkage
    @target = target
  end

  # @return [String]
  def to_s
    works = texts.group_by(&:last).map { |text, owners| "#{owners.map(&:first).uniq.join(", ")}\n\n#{text}" }
    works.join("\n#{"-" * 80}\n\n")
  end

  private

  # Names, each with a text.
  def texts
    librdkafka = File.join(@linkage.env.fetch("LIBRDKAFKA_SOURCE"), "LICENSES.txt")
    [["librdkafka", File.read(librdkafka)]] + crates.flat_map do |crate|
      folder = File.dirname(crate["manifest_path"])
      files = Dir.glob(TEXTS, base: folder).map { |file| File.join(folder, file) }.select { |file| File.file?(file) }
      files.map { |file| ["#{crate["name"]} #{crate["version"]}", File.read(file)] }
    end
  end

  # The crates that are linked, by name.
  def crates
    nodes = metadata["resolve"]["nodes"].to_h { |node| [node["id"], node] }
    linked = [metadata["resolve"]["root"]]
    linked.each do |id|
      dependencies = nodes[id]["deps"].select { |dependency| linked?(dependency) }
      linked.concat(dependencies.map { |dependency| dependency["pkg"] } - linked)
    end
    metadata["packages"].select { |crate| linked.include?(crate["id"]) }.sort_by { |crate| crate["name"] }
  end

  def linked?(dependency)
    dependency["dep_kinds"].any? { |kind| kind["kind"].nil? } || dependency["name"].tr("_", "-").match?(SOURCES)
  end

  def metadata
    @metadata ||= begin
      command = ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", @target,
                 "--features", @linkage.features.join(","), "--manifest-path", "ext/karafka_native/Cargo.toml"]
      text, status = Open3.capture2(*command)
      raise "#{command.join(" ")} failed" unless status.success?

      JSON.parse(text)
    end
  end
end
