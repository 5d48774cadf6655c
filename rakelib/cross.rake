# frozen_string_literal: true

namespace :cross do
  CrossRubies::PLATFORMS.each_key do |platform|
    desc "Fetch what compiling for #{platform} needs: Rust's standard library, and Debian's Rubies"
    task platform do
      sh "rustup", "target", "add", CrossRubies::PLATFORMS.fetch(platform).rust
      CrossRubies.new(platform).provide
    end
  end
end
