# frozen_string_literal: true

# Installs another bundle, without the Bundler settings of this process.
def install_bundle(gemfile, env = {})
  env = { "BUNDLE_GEMFILE" => File.expand_path(gemfile), "BUNDLE_PATH" => File.expand_path("vendor/bundle"), **env }
  local = ENV.key?("BUNDLE_CACHE_PATH") ? ["--local"] : []
  mine = %w[RUBYOPT RUBYLIB BUNDLER_SETUP].to_h { |name| [name, nil] }
  sh env.merge(mine), "bundle", "install", "--quiet", *local
end
