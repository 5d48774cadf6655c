# frozen_string_literal: true

require_relative "karafka"

run Karafka::Web::App
