# frozen_string_literal: true

# What `require "rdkafka"` finds, whichever gem comes first on the load path: the driver of karafka-native.
require "karafka-native"
