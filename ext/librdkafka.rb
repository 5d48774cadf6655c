# frozen_string_literal: true

require "digest"
require "fileutils"
require "json"
require "open-uri"
require "open3"
require "openssl"

# Provides the librdkafka that the extension is linked with, before cargo runs. Rake and extconf share it.
#
# In this order: the system's library when KARAFKA_NATIVE_LIBRDKAFKA=system; the official source release, which comes
# with the gem and is downloaded for a checkout; the source in Confluent's npm package, a little older; the much older
# one in the rdkafka crate. What is not the official release is announced loudly when it is chosen, and then stays
# chosen; `gem install` takes it only when KARAFKA_NATIVE_LIBRDKAFKA=bundled asks for it.
#
# The source is compiled by the crate in ext/librdkafka: for the libraries of this machine, or, when
# KARAFKA_NATIVE_LIBRARIES=vendored, with all of them in it.
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
    # Where it is unpacked.
    def path = File.join(FOLDER, version)
    def there? = File.directory?(path)
  end

  ROOT = File.expand_path("..", __dir__)
  FOLDER = File.join(ROOT, "tmp", "librdkafka")
  RELEASE = Source.new(
    version: "2.16.0", folder: "librdkafka-2.16.0",
    sha256: "e6b61de61d3282879a88e4ee3d9f634a8b05bf78a9198dfc25c4820c0c9ed231"
  )
  URL = "https://github.com/confluentinc/librdkafka/archive/refs/tags/v#{RELEASE.version}.tar.gz".freeze
  # Where the source gem has it.
  SHIPPED = File.join(__dir__, "librdkafka", "librdkafka-#{RELEASE.version}.tar.gz")
  NPM_PACKAGE = "@confluentinc/kafka-javascript@1.10.1"
  NPM = Source.new(
    version: "2.15.1", folder: "package/deps/librdkafka",
    sha256: "ada7d703bb1d3237e2292bfabf438d663b6160c9f1ac2a2406b5dc4257c81b66"
  )
  # Written when no source could be had, so that neither the attempts nor the warning are repeated.
  NO_SOURCE = File.join(FOLDER, "no-source")

  # What cargo has to be called with: the features to switch on and the environment to do it in.
  Linkage = Struct.new(:features, :env, :description)

  class << self
    # @return [Linkage]
    # @raise [RuntimeError] where the release cannot be had and nothing else may take its place
    def linkage
      return Linkage.new([], {}, "the system's librdkafka") if ENV["KARAFKA_NATIVE_LIBRDKAFKA"] == "system"

      if (source = there || fetch)
        compiled("librdkafka #{source.version}", source.path)
      else
        compiled("the rdkafka crate's own librdkafka", crate_source)
      end
    end

    # @return [String] path of the release's archive
    # @raise [ArgumentError, StandardError] when it is not the release, or cannot be downloaded
    def release_archive
      verified(RELEASE, ENV.fetch("LIBRDKAFKA_TARBALL", nil) || (File.exist?(SHIPPED) ? SHIPPED : download))
    end

    # @return [Boolean] whether the extension shall need no library of the system but libc
    def vendored? = ENV["KARAFKA_NATIVE_LIBRARIES"] == "vendored"

    private

    def compiled(description, path)
      env = {
        "LIBRDKAFKA_SOURCE" => path,
        # For the rdkafka crate, which looks for a library to link.
        "PKG_CONFIG_PATH" => [File.join(__dir__, "librdkafka", "pkgconfig"), ENV.fetch("PKG_CONFIG_PATH", nil)]
          .compact.join(":"),
        "PKG_CONFIG_ALLOW_CROSS" => "1"
      }
      vendored? ? Linkage.new(["vendored"], env, "#{description}, vendored") : Linkage.new(["shared"], env, description)
    end

    # A release that is named is used, whatever was chosen without it.
    def there
      return RELEASE if RELEASE.there?

      NPM if NPM.there? && !ENV.key?("LIBRDKAFKA_TARBALL")
    end

    def fetch
      return if File.exist?(NO_SOURCE) && !ENV.key?("LIBRDKAFKA_TARBALL")

      if (archive = release_archive_or_nil)
        unpack(RELEASE, archive)
      elsif (archive = npm_archive)
        warn_of(NPM.version, "It comes from Confluent's npm package. The newest fixes are missing")
        unpack(NPM, archive)
      else
        warn_of("of the rdkafka crate", "Share consumers and a year of fixes are missing")
        FileUtils.touch(NO_SOURCE)
        nil
      end
    end

    # A failed download only means falling back, where that is allowed.
    def release_archive_or_nil
      release_archive
    rescue OpenURI::HTTPError, SocketError, SystemCallError, Timeout::Error, OpenSSL::SSL::SSLError => e
      raise if ENV.key?("LIBRDKAFKA_TARBALL")

      reason = "librdkafka: download failed (#{e.class}: #{e.message})"
      raise "#{reason}\nLIBRDKAFKA_TARBALL can name a copy of #{URL}" unless fallback_allowed?

      warn reason
      nil
    end

    # A checkout has a Rakefile, an installed gem has none.
    def fallback_allowed?
      ENV["KARAFKA_NATIVE_LIBRDKAFKA"] == "bundled" || File.exist?(File.join(ROOT, "Rakefile"))
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

    # Where cargo has put the rdkafka-sys crate, which carries a librdkafka.
    def crate_source
      metadata, problem, status = Open3.capture3("cargo", "metadata", "--format-version=1", "--locked", chdir: ROOT)
      raise "cargo metadata failed: #{problem}" unless status.success?

      crate = JSON.parse(metadata).fetch("packages").find { |package| package["name"] == "rdkafka-sys" }
      File.join(File.dirname(crate.fetch("manifest_path")), "librdkafka")
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

    def verified(source, archive)
      raise ArgumentError, "no such file: #{archive}" unless File.file?(archive)

      found = Digest::SHA256.file(archive).hexdigest
      return archive if found == source.sha256

      raise ArgumentError,
        "#{archive} is not the source of librdkafka #{source.version}: its SHA-256 is #{found}, not #{source.sha256}"
    end

    # @return [Source] the first argument
    def unpack(source, archive)
      partial = "#{source.path}.partial"
      FileUtils.rm_rf(partial)
      FileUtils.mkdir_p(partial)
      depth = source.folder.count("/") + 1
      command = ["tar", "xzf", archive, "-C", partial, "--strip-components=#{depth}", source.folder]
      system(*command) or raise "#{command.join(" ")} failed"
      # Its presence means that it is complete.
      File.rename(partial, source.path)
      source
    end
  end
end
