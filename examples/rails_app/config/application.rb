# frozen_string_literal: true

require "rails"
require "action_controller/railtie"
require "active_job/railtie"
require "karafka"

# First part of the names of the group and the topics.
SHOP = ENV.fetch("SHOP", "shop")

# No database, no sessions, no views.
class ShopApplication < Rails::Application
  config.load_defaults 8.1
  config.root = File.expand_path("..", __dir__)
  config.eager_load = Rails.env.production?
  config.secret_key_base = "nothing is signed"
  config.logger = ActiveSupport::Logger.new($stdout)
  config.log_level = :warn
  config.active_job.queue_adapter = :karafka
end
