# frozen_string_literal: true

require "digest"
require "etc"
require "fileutils"
require "open-uri"
require "openssl"
require "rbconfig"

# Provides the librdkafka that the extension is linked with, before cargo runs. Rake and extconf share it.
#
# In this order: the system's library when KARAFKA_NATIVE_LIBRDKAFKA=system; a static library built from the official
# source release; one built from the source in Confluent's npm package, a little older; the much older one bundled with
# the rdkafka crate. What is not the official release is announced loudly when it is chosen, and then stays chosen.
module Librdkafka
  # A source archive.
  #
  # @!attribute version
  #   @return [String] of the librdkafka in it
  # @!attribute sha256
  #   @return [String] of the archive
  # @!attribute folder
  #   @return [String] of librdkafka in the archive
  Source = Struct.new(:version, :sha256, :folder, keyword_init: true) do
    # Where the static library and its headers are installed.
    def prefix = File.join(FOLDER, "#{version}-#{RbConfig::CONFIG["arch"]}")
    def pkgconfig_file = File.join(prefix, "lib", "pkgconfig", "rdkafka.pc")
    def built? = File.exist?(pkgconfig_file)
  end

  ROOT = File.expand_path("..", __dir__)
  FOLDER = File.join(ROOT, "tmp", "librdkafka")
  RELEASE = Source.new(
    version: "2.16.0", folder: "librdkafka-2.16.0",
    sha256: "e6b61de61d3282879a88e4ee3d9f634a8b05bf78a9198dfc25c4820c0c9ed231"
  )
  URL = "https://github.com/confluentinc/librdkafka/archive/refs/tags/v#{RELEASE.version}.tar.gz".freeze
  NPM_PACKAGE = "@confluentinc/kafka-javascript@1.10.1"
  NPM = Source.new(
    version: "2.15.1", folder: "package/deps/librdkafka",
    sha256: "ada7d703bb1d3237e2292bfabf438d663b6160c9f1ac2a2406b5dc4257c81b66"
  )
  # Written when no source could be had, so that neither the attempts nor the warning are repeated.
  NO_SOURCE = File.join(FOLDER, "no-source")
  FEATURES = %w[--enable-ssl --enable-gssapi --enable-zstd --enable-curl --disable-lz4-ext].freeze

  # What cargo has to be called with: the features to switch on and the environment to do it in.
  Linkage = Struct.new(:features, :env, :description)

  class << self
    # @return [Linkage]
    def linkage
      return system_library if ENV["KARAFKA_NATIVE_LIBRDKAFKA"] == "system"

      (source = built || build_any) ? static_library(source) : bundled_library
    end

    private

    # A release that is named is used, whatever was built without it.
    def built
      return RELEASE if RELEASE.built?

      NPM if NPM.built? && !ENV.key?("LIBRDKAFKA_TARBALL")
    end

    def build_any
      return if File.exist?(NO_SOURCE) && !ENV.key?("LIBRDKAFKA_TARBALL")

      if (archive = release_archive)
        build(RELEASE, archive)
      elsif (archive = npm_archive)
        warn_of(NPM.version, "It comes from Confluent's npm package. The newest fixes are missing")
        build(NPM, archive)
      else
        warn_of("of the rdkafka crate", "Share consumers and a year of fixes are missing")
        FileUtils.touch(NO_SOURCE)
        nil
      end
    end

    def system_library
      Linkage.new(["pkg-config"], {}, "the system's librdkafka")
    end

    def static_library(source)
      search_path = [File.dirname(source.pkgconfig_file), ENV.fetch("PKG_CONFIG_PATH", nil)].compact.join(":")
      Linkage.new(["pkg-config"], { "PKG_CONFIG_PATH" => search_path }, "librdkafka #{source.version}, static")
    end

    def bundled_library
      Linkage.new(["bundled"], {}, "the rdkafka crate's own librdkafka")
    end

    def warn_of(chosen, loss)
      warn <<~TEXT
        ******************************************************************************
        WARNING: no source release of librdkafka #{RELEASE.version} could be had
        (#{URL}).
        Building with the OLDER librdkafka #{chosen} instead.
        #{loss};
        Rdkafka::LIBRDKAFKA_VERSION tells which one runs. To get the real one, set
        LIBRDKAFKA_TARBALL to a local copy of the release; rake clobber forgets the choice.
        ******************************************************************************
      TEXT
    end

    # A local copy named by LIBRDKAFKA_TARBALL must be right; a failed download only means falling back.
    def release_archive
      local = ENV.fetch("LIBRDKAFKA_TARBALL", nil)
      return verified(RELEASE, local) if local

      verified(RELEASE, download)
    rescue OpenURI::HTTPError, SocketError, SystemCallError, Timeout::Error, OpenSSL::SSL::SSLError => e
      raise if local

      warn "librdkafka: download failed (#{e.class}: #{e.message})"
      nil
    end

    def download
      target = File.join(FOLDER, "librdkafka-#{RELEASE.version}.tar.gz")
      return target if File.exist?(target)

      FileUtils.mkdir_p(FOLDER)
      body = URI.parse(URL).open(open_timeout: 10, read_timeout: 60, &:read)
      File.binwrite(target, body)
      target
    end

    # @return [String, nil] nil where there is no npm, or no registry that it can reach
    def npm_archive
      FileUtils.mkdir_p(FOLDER)
      patience = %w[--fetch-retries=0 --fetch-timeout=60000]
      command = ["npm", "pack", NPM_PACKAGE, "--pack-destination", FOLDER, *patience]
      fetched = system(*command, out: File::NULL, err: File::NULL)
      verified(NPM, File.join(FOLDER, "#{NPM_PACKAGE.delete_prefix("@").tr("/@", "-")}.tgz")) if fetched
    end

    def verified(source, archive)
      raise ArgumentError, "no such file: #{archive}" unless File.file?(archive)

      found = Digest::SHA256.file(archive).hexdigest
      return archive if found == source.sha256

      raise ArgumentError,
        "#{archive} is not the source of librdkafka #{source.version}: its SHA-256 is #{found}, not #{source.sha256}"
    end

    # @return [Source] the first argument
    def build(source, archive)
      puts "librdkafka: building #{source.version} from #{File.basename(archive)}"
      folder = "#{source.prefix}-source"
      FileUtils.rm_rf([folder, source.prefix])
      FileUtils.mkdir_p(folder)
      depth = source.folder.count("/") + 1
      run("tar", "xzf", archive, "-C", folder, "--strip-components=#{depth}", source.folder)
      run("./configure", "--enable-static", "--disable-debug-symbols", *FEATURES, chdir: folder)
      run("make", "-j#{Etc.nprocessors}", "-C", "src", "librdkafka.a", chdir: folder)
      install(source, folder)
      FileUtils.rm_rf(folder)
      source
    end

    def install(source, folder)
      include_dir = File.join(source.prefix, "include", "librdkafka")
      FileUtils.mkdir_p([include_dir, File.dirname(source.pkgconfig_file)])
      FileUtils.cp(Dir[File.join(folder, "src", "{rdkafka,rdkafka_mock}.h")], include_dir)
      FileUtils.cp(File.join(folder, "src", "librdkafka.a"), File.join(source.prefix, "lib"))
      write_pkgconfig_file(source, File.read(File.join(folder, "Makefile.config")))
    end

    # Written last: its presence means that the library is complete. The dependencies stay dynamic, so that a
    # security update of OpenSSL reaches the driver.
    def write_pkgconfig_file(source, makefile_config)
      dependencies = makefile_config[/^MKL_DYNAMIC_LIBS=\s*(.*)$/, 1] or raise "librdkafka: no MKL_DYNAMIC_LIBS"
      File.write(source.pkgconfig_file, <<~TEXT)
        Name: librdkafka
        Description: librdkafka #{source.version}, static, for karafka-native
        Version: #{source.version}
        Cflags: -I#{source.prefix}/include
        Libs: -L#{source.prefix}/lib -lrdkafka #{dependencies}
      TEXT
    end

    def run(*command, chdir: ROOT)
      log = File.join(FOLDER, "build.log")
      FileUtils.mkdir_p(File.dirname(log))
      return if system(*command, chdir: chdir, out: [log, "a"], err: [log, "a"])

      raise "librdkafka: #{command.join(" ")} failed, see #{log}:\n#{File.readlines(log).last(15).join}"
    end
  end
end
