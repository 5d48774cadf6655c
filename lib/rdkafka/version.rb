# frozen_string_literal: true

# The Kafka driver API that Karafka, WaterDrop and others are written against.
module Rdkafka
  # Driver release whose behaviour is emulated; callers compare it with what they require.
  VERSION = "0.31.0"

  # SHA-256 of the librdkafka source release that the gem builds by default.
  LIBRDKAFKA_SOURCE_SHA256 = "e6b61de61d3282879a88e4ee3d9f634a8b05bf78a9198dfc25c4820c0c9ed231"
end
