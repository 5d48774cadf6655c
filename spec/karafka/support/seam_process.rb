# frozen_string_literal: true

require "open3"
require "rbconfig"

# Runs scripts in a Ruby process with the gems of this bundle, with or without the ffi gem.
module SeamProcess
  FFI_PATHS = $LOAD_PATH.grep(%r{/ffi-\d[^/]*(/lib)?\z})
  private_constant :FFI_PATHS

  # @param script [String]
  # @param ffi [Boolean] whether `require "ffi"` finds the gem
  # @return [Array<String>] lines of standard output
  def seam_lines(script, ffi: false)
    # Without Bundler and RubyGems' folders there is nothing but the load path.
    environment = { "RUBYOPT" => nil, "GEM_HOME" => File::NULL, "GEM_PATH" => File::NULL }
    load_path = $LOAD_PATH.map(&:to_s) - (ffi ? [] : FFI_PATHS)
    command = [RbConfig.ruby, *load_path.flat_map { |folder| ["-I", folder] }]
    out, err, status = Open3.capture3(environment, *command, stdin_data: "$VERBOSE = nil\n#{script}")
    raise "status #{status.exitstatus}\n#{out}#{err.lines.first(15).join}" unless status.success?

    out.lines(chomp: true)
  end
end

RSpec.configure { |config| config.include SeamProcess, file_path: %r{/spec/karafka/} }
