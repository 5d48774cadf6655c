# frozen_string_literal: true

namespace :cross do
  CrossRubies::PLATFORMS.each_key do |platform|
    desc "Get what compiling for #{platform} takes: Rust's library, and Rubies of Debian"
    task platform do
      sh "rustup", "target", "add", CrossRubies::PLATFORMS.fetch(platform).rust
      CrossRubies.new(platform).provide
    end
  end
end
