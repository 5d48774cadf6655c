# frozen_string_literal: true

# Entry point of the driver. Karafka, WaterDrop and others require it by this name.

require_relative "karafka_native/internal/sole_driver"
KarafkaNative::Internal::SoleDriver.be_first

require "json"
require "logger"
require "objspace"

require_relative "karafka_native/version"
require_relative "rdkafka/version"
require_relative "rdkafka/defaults"
require_relative "karafka_native/internal"
require_relative "karafka_native/mock_cluster"
require_relative "karafka_native/partitioner"

# The driver's API, which Karafka, WaterDrop and others use.
module Rdkafka
  # Release of the librdkafka in use.
  LIBRDKAFKA_VERSION = KarafkaNative::Native::LIBRDKAFKA_VERSION.freeze

  Internal = KarafkaNative::Internal
  private_constant :Internal
end

require_relative "rdkafka/error"
require_relative "rdkafka/bindings"
require_relative "rdkafka/helpers/time"
require_relative "rdkafka/helpers/event_loop"
require_relative "rdkafka/helpers/metadata"
require_relative "rdkafka/helpers/oauth"
require_relative "rdkafka/helpers/sasl"
require_relative "rdkafka/helpers/list_offsets"
require_relative "rdkafka/opaque"
require_relative "rdkafka/abstract_handle"
require_relative "rdkafka/metadata"
require_relative "rdkafka/config"
require_relative "rdkafka/consumer"
require_relative "rdkafka/share_consumer"
require_relative "rdkafka/producer"
require_relative "rdkafka/admin"
require_relative "rdkafka/clients"

KarafkaNative::Internal::SoleDriver.stay_alone

# Before there can be other Ractors.
KarafkaNative::Native.resolve_constants
KarafkaNative::Internal::RactorState.current

# Once in the parent, so that forked processes find OpenSSL's tables made.
Rdkafka::Bindings.rd_kafka_global_init
