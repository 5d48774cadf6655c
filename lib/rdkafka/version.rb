# frozen_string_literal: true

module Rdkafka
  # The release of karafka-rdkafka whose API this is. Other gems compare it with the version that they require.
  VERSION = "0.31.0"

  # SHA-256 of the librdkafka source release that the gem builds by default.
  LIBRDKAFKA_SOURCE_SHA256 = "e6b61de61d3282879a88e4ee3d9f634a8b05bf78a9198dfc25c4820c0c9ed231"
end
