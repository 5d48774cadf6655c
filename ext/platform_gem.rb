# frozen_string_literal: true

require "rubygems/package"
require_relative "extension"

# A gem with the compiled extension in it, so that nothing is compiled where it is installed. It is for machines like
# this one: the same platform, the same minor version of Ruby, and the shared libraries that librdkafka was built with.
module PlatformGem
  class << self
    # @param directory [String] where the gem goes
    # @return [String] its path
    # @raise [RuntimeError] when the extension has not been compiled
    def build(directory)
      raise "#{Extension::TARGET} is not there: rake compile" unless File.exist?(Extension::TARGET)

      FileUtils.mkdir_p(directory)
      Dir.chdir(Extension::ROOT) do
        made = specification
        file = File.expand_path(made.file_name, directory)
        Gem::Package.build(made, false, false, file)
        file
      end
    end

    private

    def specification
      Gem::Specification.load("karafka-native.gemspec").dup.tap do |made|
        made.platform = Gem::Platform.local
        made.required_ruby_version = "~> #{RUBY_VERSION[/\d+\.\d+/]}.0"
        made.extensions = []
        sources = ->(file) { file.start_with?("ext/", "Cargo.") }
        made.files = made.files.reject(&sources) << Extension::TARGET.delete_prefix("#{Extension::ROOT}/")
      end
    end
  end
end
