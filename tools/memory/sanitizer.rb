# frozen_string_literal: true

require "etc"
require "fileutils"
require "rbconfig"

# Runs the driver's own tests, which know no Ruby, under one of LLVM's sanitizers. librdkafka is compiled with the same
# sanitizer, since what one side cannot see of the other would be missed or reported for nothing.
class Sanitizer
  ROOT = File.expand_path("../..", __dir__)
  # As librdkafka's releases are linked otherwise.
  LIBRARIES = "-lm -lcurl -lzstd -lsasl2 -lssl -lcrypto -lz -ldl -lpthread -lrt"
  TARGET = "#{RbConfig::CONFIG["host_cpu"]}-unknown-linux-gnu".freeze
  private_constant :ROOT, :LIBRARIES, :TARGET

  # @return [String, nil] the archive of librdkafka's release, if it is here
  def self.archive
    candidates = [ENV.fetch("LIBRDKAFKA_TARBALL", nil), *Dir[File.join(ROOT, "tmp/librdkafka/librdkafka-*.tar.gz")]]
    candidates.compact.find { |path| File.file?(path) }
  end

  # @param name [String] "address" or "thread"
  # @param configure [Array<String>] further options for librdkafka's configure
  # @param cargo [Array<String>] further options for cargo
  # @param options [Hash{String => String}] environment for the sanitizer's run time
  def initialize(name, configure: [], cargo: [], options: {})
    @name = name
    @configure = configure
    @cargo = cargo
    @options = options
    @folder = File.join(ROOT, "tmp", "sanitized", name)
  end

  # @return [void]
  # @raise [RuntimeError] if a test fails or the sanitizer finds something
  def test
    build_librdkafka unless File.exist?(pkgconfig_file)
    env = {
      "PKG_CONFIG_PATH" => File.dirname(pkgconfig_file),
      "RUSTFLAGS" => "-Zsanitizer=#{@name} -Cforce-frame-pointers=yes",
      "CARGO_TARGET_DIR" => File.join(ROOT, "target", "sanitized", @name)
    }
    run(env.merge(@options), "cargo", "+nightly", "test", *@cargo, "--target", TARGET, "--package", "karafka-driver",
      "--features", "pkg-config", chdir: ROOT)
  end

  private

  def pkgconfig_file = File.join(@folder, "lib", "pkgconfig", "rdkafka.pc")

  # The compiler gets the flag only when the objects are made: what configure tries out need not run with it.
  def build_librdkafka
    source = File.join(@folder, "source")
    FileUtils.rm_rf(@folder)
    FileUtils.mkdir_p(source)
    run({}, "tar", "xzf", self.class.archive, "-C", source, "--strip-components=1")
    log = File.join(@folder, "build.log")
    run({ "CC" => "clang", "CXX" => "clang++" }, "./configure", "--enable-static", "--disable-optimization",
      "--disable-lz4-ext", *@configure, chdir: source, out: [log, "a"], err: %i[child out])
    compiler = "clang -fsanitize=#{@name} -fno-omit-frame-pointer"
    run({}, "make", "-j#{Etc.nprocessors}", "-C", "src", "librdkafka.a", "CC=#{compiler}",
      chdir: source, out: [log, "a"], err: %i[child out])
    install(source)
  end

  def install(source)
    include_folder = File.join(@folder, "include", "librdkafka")
    FileUtils.mkdir_p([include_folder, File.dirname(pkgconfig_file)])
    FileUtils.cp(Dir[File.join(source, "src", "{rdkafka,rdkafka_mock}.h")], include_folder)
    FileUtils.cp(File.join(source, "src", "librdkafka.a"), File.join(@folder, "lib"))
    File.write(pkgconfig_file, <<~TEXT)
      Name: librdkafka
      Description: librdkafka under the #{@name} sanitizer
      Version: #{version(source)}
      Cflags: -I#{@folder}/include
      Libs: -L#{@folder}/lib -lrdkafka #{LIBRARIES}
    TEXT
  end

  def version(source)
    header = File.read(File.join(source, "src", "rdkafka.h"))
    header[/RD_KAFKA_VERSION +0x(\h{6})/, 1].scan(/../).map(&:hex).join(".")
  end

  def run(env, *command, **)
    system(env, *command, **) or raise "#{command.first(3).join(" ")} failed"
  end
end
