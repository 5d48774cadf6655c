# frozen_string_literal: true

# Loads the compiled extension: the one for this Ruby if the gem contains several, or the one compiled here.
compiled = Dir.glob("../*.*/karafka_native.{so,bundle}", base: __dir__)
if compiled.empty?
  beside = Dir.glob("../karafka_native.{so,bundle}", base: __dir__).first
  # RubyGems may keep it only in its own folder of extensions, which is in the load path.
  begin
    beside ? require_relative(beside) : require("karafka_native/karafka_native")
  rescue LoadError => e
    raise unless e.path == "karafka_native/karafka_native"

    raise LoadError, "The extension of karafka-native is not compiled: run `rake compile` in " \
                     "#{File.expand_path("../../..", __dir__)}."
  end
else
  mine = compiled.find { |file| file.split("/")[1] == RUBY_VERSION[/\d+\.\d+/] }
  unless mine
    rubies = compiled.map { |file| file.split("/")[1] }.sort.join(", ")
    raise LoadError, "This gem of karafka-native is compiled for Ruby #{rubies}, not for #{RUBY_VERSION}. " \
                     "Install the source gem instead: gem install karafka-native --platform ruby"
  end
  require_relative mine
end
