# frozen_string_literal: true

require "digest"
require "etc"
require "fileutils"
require "open-uri"
require "openssl"
require "rbconfig"

# Provides the librdkafka that the extension is linked with, before cargo runs. Rake and extconf share it.
#
# In this order: the system's library when KARAFKA_NATIVE_LIBRDKAFKA=system; a static library built from the
# official source release; the older release bundled with the rdkafka crate, with a loud warning.
module Librdkafka
  VERSION = "2.16.0"
  SHA256 = "e6b61de61d3282879a88e4ee3d9f634a8b05bf78a9198dfc25c4820c0c9ed231"
  URL = "https://github.com/confluentinc/librdkafka/archive/refs/tags/v#{VERSION}.tar.gz".freeze
  ROOT = File.expand_path("..", __dir__)
  PREFIX = File.join(ROOT, "tmp", "librdkafka", "#{VERSION}-#{RbConfig::CONFIG["arch"]}")
  FEATURES = %w[--enable-ssl --enable-gssapi --enable-zstd --enable-curl --disable-lz4-ext].freeze

  # What cargo has to be called with: the features to switch on and the environment to do it in.
  Linkage = Struct.new(:features, :env, :description)

  class << self
    # @return [Linkage]
    def linkage
      return system_library if ENV["KARAFKA_NATIVE_LIBRDKAFKA"] == "system"
      return static_library if File.exist?(pkgconfig_file)

      tarball = source_release
      return bundled_library unless tarball

      build(tarball)
      static_library
    end

    private

    def system_library
      Linkage.new(["pkg-config"], {}, "the system's librdkafka")
    end

    def static_library
      search_path = [File.dirname(pkgconfig_file), ENV.fetch("PKG_CONFIG_PATH", nil)].compact.join(":")
      Linkage.new(["pkg-config"], { "PKG_CONFIG_PATH" => search_path }, "librdkafka #{VERSION}, static")
    end

    def bundled_library
      warn <<~TEXT
        ******************************************************************************
        WARNING: no source release of librdkafka #{VERSION} could be had (#{URL}).
        Building with the OLDER librdkafka of the rdkafka crate instead. Share consumers
        and a year of fixes are missing; Rdkafka::LIBRDKAFKA_VERSION tells which one runs.
        Set LIBRDKAFKA_TARBALL to a local copy of the release to get the real one.
        ******************************************************************************
      TEXT
      Linkage.new(["bundled"], {}, "the rdkafka crate's own librdkafka")
    end

    def pkgconfig_file = File.join(PREFIX, "lib", "pkgconfig", "rdkafka.pc")

    # A local copy named by LIBRDKAFKA_TARBALL must be right; a failed download only means falling back.
    def source_release
      local = ENV.fetch("LIBRDKAFKA_TARBALL", nil)
      return verified(local) if local

      verified(download)
    rescue OpenURI::HTTPError, SocketError, SystemCallError, Timeout::Error, OpenSSL::SSL::SSLError => e
      raise if local

      warn "librdkafka: download failed (#{e.class}: #{e.message})"
      nil
    end

    def download
      target = File.join(File.dirname(PREFIX), "librdkafka-#{VERSION}.tar.gz")
      return target if File.exist?(target)

      FileUtils.mkdir_p(File.dirname(target))
      body = URI.parse(URL).open(open_timeout: 10, read_timeout: 60, &:read)
      File.binwrite(target, body)
      target
    end

    def verified(tarball)
      raise ArgumentError, "LIBRDKAFKA_TARBALL: no such file: #{tarball}" unless File.file?(tarball)

      found = Digest::SHA256.file(tarball).hexdigest
      return tarball if found == SHA256

      raise ArgumentError, "#{tarball} is not librdkafka #{VERSION}: its SHA-256 is #{found}, not #{SHA256}"
    end

    def build(tarball)
      puts "librdkafka: building #{VERSION} from #{File.basename(tarball)}"
      source = "#{PREFIX}-source"
      FileUtils.rm_rf([source, PREFIX])
      FileUtils.mkdir_p(source)
      run("tar", "xzf", tarball, "-C", source, "--strip-components=1")
      run("./configure", "--enable-static", "--disable-debug-symbols", *FEATURES, chdir: source)
      run("make", "-j#{Etc.nprocessors}", "-C", "src", "librdkafka.a", chdir: source)
      install(source)
      FileUtils.rm_rf(source)
    end

    def install(source)
      include_dir = File.join(PREFIX, "include", "librdkafka")
      FileUtils.mkdir_p([include_dir, File.dirname(pkgconfig_file)])
      FileUtils.cp(Dir[File.join(source, "src", "{rdkafka,rdkafka_mock}.h")], include_dir)
      FileUtils.cp(File.join(source, "src", "librdkafka.a"), File.join(PREFIX, "lib"))
      write_pkgconfig_file(File.read(File.join(source, "Makefile.config")))
    end

    # Written last: its presence means that the library is complete. The dependencies stay dynamic, so that a
    # security update of OpenSSL reaches the driver.
    def write_pkgconfig_file(makefile_config)
      dependencies = makefile_config[/^MKL_DYNAMIC_LIBS=\s*(.*)$/, 1] or raise "librdkafka: no MKL_DYNAMIC_LIBS"
      File.write(pkgconfig_file, <<~TEXT)
        Name: librdkafka
        Description: librdkafka #{VERSION}, static, for karafka-native
        Version: #{VERSION}
        Cflags: -I#{PREFIX}/include
        Libs: -L#{PREFIX}/lib -lrdkafka #{dependencies}
      TEXT
    end

    def run(*command, chdir: ROOT)
      log = File.join(ROOT, "tmp", "librdkafka", "build.log")
      FileUtils.mkdir_p(File.dirname(log))
      return if system(*command, chdir: chdir, out: [log, "a"], err: [log, "a"])

      raise "librdkafka: #{command.join(" ")} failed, see #{log}:\n#{File.readlines(log).last(15).join}"
    end
  end
end
